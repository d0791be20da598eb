// SPDX-License-Identifier: MIT
//
// Puts IPv4 datagrams together again that a router cut in pieces. [rfc791 §3.2]
//
// Fragments are a favourite tool of attackers, so: memory is bounded (a few
// datagrams at a time, the oldest gives way); pieces that overlap with other
// content condemn the whole datagram, as IPv6 demands [rfc5722]; pieces of two
// datagrams never mix, because source, destination, protocol and identification
// must all agree; and what is not complete after a minute is thrown away.
#pragma once

#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/memory.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/ipv4.hpp"

namespace net::ip {

class Reassembly {
public:
    Reassembly(Allocator& memory, Statistics& statistics, Limits const& limits)
        : memory_(memory), statistics_(statistics), largest_(limits.largest_reassembly / 8 * 8) {}
    ~Reassembly();
    [[nodiscard]] bool create(std::size_t datagrams) { return slots_.create(memory_, datagrams); }

    // Takes one fragment. The payload of the whole datagram when this was its
    // last missing piece; the bytes stay until the next call.
    std::optional<Bytes> add(wire::Ipv4Header const&, Bytes payload, base::Instant now);

    // Gives up what is too old. A datagram whose first piece had come is worth
    // an ICMP message to its sender: returns its header, and the first octets of
    // its payload, one datagram a call. [rfc1122 §3.3.2]
    struct Expired {
        wire::Ipv4Header header;
        std::uint8_t start[8];
    };
    std::optional<Expired> expire(base::Instant now);
    base::Instant deadline() const { return deadline_; }

private:
    struct Slot {
        bool used = false;
        bool has_first = false;
        bool has_end = false;
        wire::Ipv4Header header;    // of the first piece that came; of offset 0 once that came
        std::uint32_t end = 0;      // octets of the whole payload, once has_end
        std::uint32_t highest = 0;  // octets of it that we have seen the end of
        std::uint32_t units = 0;    // 8-octet units received
        base::Instant expires;
        std::uint8_t* bytes = nullptr;  // `largest_` octets, then one bit for each unit
    };

    Slot* find(wire::Ipv4Header const&);
    Slot* start(wire::Ipv4Header const&, base::Instant now);
    // Stores the piece, or says why the datagram is condemned.
    base::Result<void, Drop> store(Slot&, wire::Ipv4Header const&, Bytes payload);
    void release(Slot&);
    std::size_t allocation() const { return largest_ + largest_ / 64 + 1; }

    Allocator& memory_;
    Statistics& statistics_;
    std::uint32_t largest_;
    Table<Slot> slots_;
    Slot* delivered_ = nullptr;  // its bytes are lent out
    base::Instant deadline_ = base::Instant::never();
};

}  // namespace net::ip
