// SPDX-License-Identifier: MIT
//
// IPv6. [rfc8200 §3]
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-------+---------------+---------------------------------------+
//   |Version| Traffic Class |              Flow Label               |
//   +-------+---------------+-------+---------------+---------------+
//   |        Payload Length         |  Next Header  |   Hop Limit   |
//   +-------------------------------+---------------+---------------+
//   |                  Source Address, 16 octets                    |
//   +---------------------------------------------------------------+
//   |                Destination Address, 16 octets                 |
//   +---------------------------------------------------------------+
//
// No checksum, no options, no fragments: what IPv4 has of them stands in headers of their
// own behind this one, see ipv6_extensions.hpp.
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"

namespace net::wire {

// What a Next Header field can name, beside IPv4's protocols. [rfc8200 §4]
struct NextHeader {
    static constexpr std::uint8_t HopByHop = 0;
    static constexpr std::uint8_t Tcp = 6;
    static constexpr std::uint8_t Udp = 17;
    static constexpr std::uint8_t Routing = 43;
    static constexpr std::uint8_t Fragment = 44;
    static constexpr std::uint8_t Icmp6 = 58;
    static constexpr std::uint8_t None = 59;
    static constexpr std::uint8_t Destination = 60;
};

struct Ipv6Header {
    static constexpr std::size_t size = 40;
    static constexpr std::uint16_t smallest_mtu = 1280;  // of every link [rfc8200 §5]

    std::uint8_t traffic_class = 0;  // DiffServ and ECN
    std::uint32_t flow_label = 0;    // 20 bits
    std::uint16_t payload_length = 0;
    std::uint8_t next_header = NextHeader::None;
    std::uint8_t hop_limit = 64;
    Ipv6Address source;
    Ipv6Address destination;

    std::size_t total_length() const { return size + payload_length; }

    // `packet` may be longer than the packet: Ethernet pads short frames. A length of 0 is not
    // taken for a jumbogram's. [rfc2675]
    static base::Result<Ipv6Header, Drop> parse(Bytes packet);
    void emit(std::uint8_t* to) const;  // `size` octets

    friend bool operator==(Ipv6Header const&, Ipv6Header const&) = default;
};

}  // namespace net::wire
