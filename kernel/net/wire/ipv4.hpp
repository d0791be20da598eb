// SPDX-License-Identifier: MIT
//
// IPv4. [rfc791 §3.1]
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-------+-------+---------------+-------------------------------+
//   |Version|  IHL  |DiffServ | ECN |         Total Length          |
//   +-------+-------+---------------+-----+-------------------------+
//   |        Identification         |0 D M|     Fragment Offset     |
//   +---------------+---------------+-----+-------------------------+
//   | Time to Live  |   Protocol    |        Header Checksum        |
//   +---------------+---------------+-------------------------------+
//   |                        Source Address                         |
//   +---------------------------------------------------------------+
//   |                     Destination Address                       |
//   +---------------------------------------------------------------+
//   |          Options, up to 40 octets, and padding                |
//   +---------------------------------------------------------------+
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"

namespace net::wire {

enum class IpProtocol : std::uint8_t { Icmp = 1, Tcp = 6, Udp = 17 };

struct Ipv4Header {
    static constexpr std::size_t size = 20;  // as we emit it: without options
    static constexpr std::size_t largest_packet = 65'535;

    std::uint8_t header_length = size;  // in octets, options included
    std::uint8_t traffic_class = 0;     // DiffServ and ECN
    std::uint16_t total_length = 0;
    std::uint16_t identification = 0;
    bool dont_fragment = false;
    bool more_fragments = false;
    std::uint16_t fragment_offset = 0;  // in octets, a multiple of 8
    std::uint8_t time_to_live = 64;
    IpProtocol protocol{};  // any 8 bits, not only the enumerators
    Ipv4Address source;
    Ipv4Address destination;

    bool is_fragment() const { return more_fragments || fragment_offset != 0; }
    std::size_t payload_length() const { return std::size_t{total_length} - header_length; }

    // `packet` may be longer than the packet: Ethernet pads short frames.
    static base::Result<Ipv4Header, Drop> parse(Bytes packet);

    // Writes `size` octets, checksum included; options are not ours to send.
    void emit(std::uint8_t* to) const;

    friend bool operator==(Ipv4Header const&, Ipv4Header const&) = default;
};

}  // namespace net::wire
