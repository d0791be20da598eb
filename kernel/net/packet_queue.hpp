// SPDX-License-Identifier: MIT
//
// IP payloads that wait to be sent: everything but the segments of connections,
// which are made only when they can leave. Bounded in packets and in octets.
#pragma once

#include "kernel/net/config.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/ipv4.hpp"

namespace net {

struct Packet {
    Packet* next = nullptr;
    IpAddress source;
    IpAddress destination;
    wire::IpProtocol protocol{};
    std::uint8_t time_to_live = 64;
    std::uint32_t identification = 0;  // chosen with the first fragment
    std::uint32_t length = 0;          // octets of data()
    std::uint32_t sent = 0;            // octets that left already, in fragments

    // The IP payload, behind this object in the same allocation.
    std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(this + 1); }
    MutableBytes bytes() { return MutableBytes(data(), length); }
};

class PacketQueue {
public:
    static constexpr std::size_t max_octets = 64 * 1024;

    PacketQueue(Allocator& memory, Statistics& statistics, std::uint16_t max_packets)
        : memory_(memory), statistics_(statistics), max_packets_(max_packets) {}
    ~PacketQueue();
    PacketQueue(PacketQueue const&) = delete;
    PacketQueue& operator=(PacketQueue const&) = delete;

    // A packet to be filled in and pushed, or nullptr (counted) when the queue
    // is full or there is no memory.
    Packet* make(std::size_t length);
    bool has_room(std::size_t length) const {
        return packets_ < max_packets_ && octets_ + length <= max_octets;
    }
    void push(Packet*);

    Packet* first() const { return first_; }
    // Takes out the packet that follows `previous`, or the first one.
    Packet* remove_after(Packet* previous);
    void release(Packet*);

private:
    Allocator& memory_;
    Statistics& statistics_;
    std::uint16_t max_packets_;
    Packet* first_ = nullptr;
    Packet* last_ = nullptr;
    std::size_t packets_ = 0;  // made and not yet released
    std::size_t octets_ = 0;
};

}  // namespace net
