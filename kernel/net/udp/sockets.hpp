// SPDX-License-Identifier: MIT
//
// Datagram sockets that never block. [rfc768]
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/result.hpp"
#include "kernel/net/address.hpp"
#include "kernel/net/frame.hpp"
#include "kernel/net/memory.hpp"
#include "kernel/net/packet_queue.hpp"
#include "kernel/net/socket.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/udp.hpp"

namespace net::udp {

struct Received {
    std::size_t length = 0;  // octets copied
    bool truncated = false;  // the datagram was longer than the buffer
    Endpoint from;
};

class Sockets {
public:
    // Port 0: one of our choice.
    base::Result<SocketId, Error> bind(Port local);
    // Queues one datagram, or WouldBlock when the queue is full.
    base::Result<void, Error> send(SocketId, Endpoint to, Bytes);
    // The oldest datagram that was received, or WouldBlock.
    base::Result<Received, Error> receive(SocketId, MutableBytes);
    void close(SocketId);
    Readiness readiness(SocketId) const;
    Port local_port(SocketId) const;

    // ---- for the Interface ----
    Sockets(Config const& config, Allocator& memory, RandomSource& random, Statistics& statistics,
            Ipv4Configuration const& own, PacketQueue& output)
        : limits_(config.limits),
          memory_(memory),
          random_(random),
          statistics_(statistics),
          own_(own),
          output_(output) {}
    ~Sockets();
    [[nodiscard]] bool create() { return sockets_.create(memory_, limits_.datagram_sockets); }

    // True if somebody listens on that port: the datagram was delivered, or
    // dropped and counted because that socket's queue is full.
    bool on_datagram(wire::UdpHeader const&, Endpoint from, Bytes data);
    SocketId next_ready();

private:
    struct Datagram {
        Datagram* next = nullptr;
        Endpoint from;
        std::uint32_t length = 0;
        std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(this + 1); }
    };
    struct Socket {
        bool used = false;
        bool newly_ready = false;
        std::uint16_t generation = 1;
        Port port;
        Datagram* first = nullptr;
        Datagram* last = nullptr;
        std::uint16_t queued = 0;
    };

    Socket* find(SocketId);
    Socket const* find(SocketId id) const { return const_cast<Sockets*>(this)->find(id); }
    Socket* find(Port);
    Port choose_port();
    Datagram* pop(Socket&);

    Limits const& limits_;
    Allocator& memory_;
    RandomSource& random_;
    Statistics& statistics_;
    Ipv4Configuration const& own_;
    PacketQueue& output_;
    Table<Socket> sockets_;
    unsigned ready_ = 0;  // sockets with newly_ready
};

}  // namespace net::udp
