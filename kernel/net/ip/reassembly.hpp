// SPDX-License-Identifier: MIT
//
// Puts datagrams together again that came in pieces: of IPv4, which any router may cut, and
// of IPv6, which only their senders cut. [rfc791 §3.2] [rfc8200 §4.5]
//
// Fragments are a favourite tool of attackers, so: memory is bounded (a few
// datagrams at a time, the oldest gives way); pieces that overlap with other
// content condemn the whole datagram, and what else comes of it is dropped without a word
// [rfc5722 §4]; pieces of two datagrams never mix, because source, destination, protocol
// (of IPv4) and identification must all agree; and what is not complete after a minute is
// thrown away.
#pragma once

#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/memory.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/ipv4.hpp"
#include "kernel/net/wire/ipv6_extensions.hpp"

namespace net::ip {

// What a piece of IPv6 has before its data, the headers between both left out.
struct Ipv6Piece {
    wire::Ipv6Header ip;
    wire::Ipv6Fragment fragment;
};

// What both versions' headers say of a piece.
inline std::uint32_t offset_of(wire::Ipv4Header const& header) { return header.fragment_offset; }
inline std::uint32_t offset_of(Ipv6Piece const& piece) { return piece.fragment.offset; }
inline bool is_last(wire::Ipv4Header const& header) { return !header.more_fragments; }
inline bool is_last(Ipv6Piece const& piece) { return !piece.fragment.more; }
bool belong_together(wire::Ipv4Header const&, wire::Ipv4Header const&);
bool belong_together(Ipv6Piece const&, Ipv6Piece const&);

// Header: wire::Ipv4Header or Ipv6Piece.
template <class Header>
class Reassembly {
public:
    Reassembly(Allocator& memory, Statistics& statistics, Limits const& limits)
        : memory_(memory), statistics_(statistics), largest_(limits.largest_reassembly / 8 * 8) {}
    ~Reassembly();
    [[nodiscard]] bool create(std::size_t datagrams) { return slots_.create(memory_, datagrams); }

    // Takes one fragment. The payload of the whole datagram when this was its
    // last missing piece; the bytes stay until the next call.
    std::optional<Bytes> add(Header const&, Bytes payload, base::Instant now);
    // Of the piece with offset 0 of the datagram that add() returned.
    Header const& header_of_whole() const { return delivered_->header; }

    // Gives up what is too old. A datagram whose first piece had come is worth
    // an ICMP message to its sender: returns its header, and the first octets of
    // its payload, one datagram a call. [rfc1122 §3.3.2] [rfc4443 §3.3]
    struct Expired {
        Header header;
        std::uint8_t start[8];
    };
    std::optional<Expired> expire(base::Instant now);
    base::Instant deadline() const { return deadline_; }

private:
    struct Slot {
        bool used = false;
        bool has_first = false;
        bool has_end = false;
        bool condemned = false;     // pieces of it overlapped
        Header header;              // of the first piece that came; of offset 0 once that came
        std::uint32_t end = 0;      // octets of the whole payload, once has_end
        std::uint32_t highest = 0;  // octets of it that we have seen the end of
        std::uint32_t units = 0;    // 8-octet units received
        base::Instant expires;
        std::uint8_t* bytes = nullptr;  // `largest_` octets, then one bit for each unit
    };

    Slot* find(Header const&);
    Slot* start(Header const&, base::Instant now);
    // Stores the piece, or says why the datagram is condemned.
    base::Result<void, Drop> store(Slot&, Header const&, Bytes payload);
    void release_bytes(Slot&);
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
