// SPDX-License-Identifier: MIT
//
// The headers between IPv6's and its payload, each naming the next. [rfc8200 §4]
//
//     IPv6 | hop-by-hop options | destination options | routing | fragment | ... | TCP
//
// A stranger chooses how many there are and what they say, so the walk is bounded: in
// headers, in options of each, and by the packet's end. [rfc8504 §5.3]
#pragma once

#include <optional>

#include "kernel/net/wire/ipv6.hpp"

namespace net::wire {

// [rfc8200 §4.5]
//   +---------------+---------------+-------------------------+---+-+
//   |  Next Header  |   Reserved    |  Fragment Offset, 8 oct.|Res|M|
//   +---------------+---------------+-------------------------+---+-+
//   |                        Identification                         |
//   +---------------------------------------------------------------+
struct Ipv6Fragment {
    static constexpr std::size_t size = 8;

    std::uint8_t next_header = NextHeader::None;
    std::uint16_t offset = 0;  // in octets, a multiple of 8
    bool more = false;
    std::uint32_t identification = 0;

    // A whole packet that somebody put such a header on: it has nothing to do with other
    // fragments, whatever its identification. [rfc6946 §4]
    bool is_atomic() const { return offset == 0 && !more; }
    static Ipv6Fragment parse(std::uint8_t const* at);  // `size` octets are there
    void emit(std::uint8_t* to) const;

    friend bool operator==(Ipv6Fragment const&, Ipv6Fragment const&) = default;
};

// Why a chain is refused, and what its sender is told of it.
struct Ipv6Problem {
    Drop reason{};
    bool is_told = false;         // by ICMPv6, Parameter Problem
    bool even_of_groups = false;  // though the packet went to many [rfc4443 §2.4(e.3)]
    std::uint8_t code = 0;        // of Parameter Problem
    std::uint32_t pointer = 0;    // at the octet that is wrong
};

// Where a chain leads.
struct Ipv6Chain {
    static constexpr unsigned most_headers = 8;
    static constexpr unsigned most_options = 8;  // in one header, padding not counted

    std::uint8_t upper = NextHeader::None;  // the payload's protocol, where there are no more headers
    std::size_t upper_at = 0;               // offset in the packet where it begins
    std::optional<Ipv6Fragment> fragment;   // of a packet that has to be put together, and where
    std::size_t fragment_data_at = 0;       // its data begins
    bool had_fragment_header = false;       // an atomic fragment, too
    bool router_alert = false;              // [rfc2711]

    // `packet` ends where its header says.
    static base::Result<Ipv6Chain, Ipv6Problem> parse(Bytes packet, Ipv6Header const&);
    // Where the payload begins, whatever the headers before it say: of a packet that is refused.
    static Ipv6Chain glance(Bytes packet, Ipv6Header const&);
    // The rest of the chain, behind the fragment header, once all pieces are there.
    static base::Result<Ipv6Chain, Ipv6Problem> parse_rest(Bytes payload, std::uint8_t next_header);
};

}  // namespace net::wire
