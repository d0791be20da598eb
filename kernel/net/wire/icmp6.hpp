// SPDX-License-Identifier: MIT
//
// ICMPv6: echo, and errors about packets that we sent. Neighbour Discovery (nd.hpp) and
// multicast listeners (mld.hpp) speak it too. [rfc4443 §2.1]
//
//    0       1       2               4                               8
//   +-------+-------+---------------+-------------------------------+-----------...
//   | type  | code  |   checksum    |  echo: identifier, sequence   |  echoed data, or the
//   |       |       |               |  error: unused, MTU, pointer  |  quoted packet's start
//   +-------+-------+---------------+-------------------------------+-----------...
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"
#include "kernel/net/wire/ipv6.hpp"

namespace net::wire {

struct Icmp6Header {
    static constexpr std::size_t size = 8;
    enum class Type : std::uint8_t {
        Unreachable = 1,
        PacketTooBig = 2,
        TimeExceeded = 3,
        ParameterProblem = 4,
        EchoRequest = 128,
        EchoReply = 129,
        ListenerQuery = 130,
        ListenerReport1 = 131,  // of version 1
        ListenerDone = 132,     // too
        RouterSolicitation = 133,
        RouterAdvertisement = 134,
        NeighbourSolicitation = 135,
        NeighbourAdvertisement = 136,
        Redirect = 137,
        ListenerReport = 143,  // of version 2
    };
    enum UnreachableCode : std::uint8_t { NoRoute = 0, AddressUnreachable = 3, PortUnreachable = 4 };

    Type type{};
    std::uint8_t code = 0;
    std::uint32_t rest = 0;  // identifier and sequence number, MTU or pointer

    // The whole message: its checksum covers the data too, and both addresses.
    static base::Result<Icmp6Header, Drop> parse(Bytes message, Ipv6Address source, Ipv6Address destination,
                                                 bool verify);
    // Writes the header before `message.size() - size` octets of data that are already
    // there, and the checksum over both.
    void emit(MutableBytes message, Ipv6Address source, Ipv6Address destination) const;

    // An error is about a packet, and is never answered by another error.
    bool is_error() const { return static_cast<std::uint8_t>(type) < 128; }
    // Neighbour Discovery: never in fragments, never from another link. [rfc6980 §5]
    bool is_discovery() const { return type >= Type::RouterSolicitation && type <= Type::Redirect; }
    // What a host hears of groups: questions, and reports of version 1.
    bool is_about_listeners() const { return type == Type::ListenerQuery || type == Type::ListenerReport1; }
    friend bool operator==(Icmp6Header const&, Icmp6Header const&) = default;
};

// The start of a packet of ours as an error quotes it. We put at most a fragment header
// between IPv6's and the payload.
struct Quoted6Packet {
    std::uint8_t protocol = NextHeader::None;
    Ipv6Address source;
    Ipv6Address destination;
    Bytes payload;  // at least 8 octets: both ports, and TCP's sequence number

    static base::Result<Quoted6Packet, Drop> parse(Bytes quote);
};

}  // namespace net::wire
