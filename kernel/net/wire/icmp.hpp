// SPDX-License-Identifier: MIT
//
// ICMP: echo, and errors about packets that we sent. [rfc792]
//
//    0       1       2               4                               8
//   +-------+-------+---------------+-------------------------------+-----------...
//   | type  | code  |   checksum    |  echo: identifier, sequence   |  echoed data, or the
//   |       |       |               |  error: unused, or next MTU   |  quoted IP header and start
//   +-------+-------+---------------+-------------------------------+-----------...
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"
#include "kernel/net/wire/ipv4.hpp"

namespace net::wire {

struct IcmpHeader {
    static constexpr std::size_t size = 8;
    enum class Type : std::uint8_t {
        EchoReply = 0,
        Unreachable = 3,
        SourceQuench = 4,
        Redirect = 5,
        EchoRequest = 8,
        TimeExceeded = 11,
        ParameterProblem = 12,
    };
    enum UnreachableCode : std::uint8_t {
        NetworkUnreachable = 0,
        HostUnreachable = 1,
        ProtocolUnreachable = 2,
        PortUnreachable = 3,
        FragmentationNeeded = 4,
    };

    Type type{};
    std::uint8_t code = 0;
    std::uint32_t rest = 0;  // identifier and sequence number, or the next hop's MTU

    // The whole message: its checksum covers the data too.
    static base::Result<IcmpHeader, Drop> parse(Bytes message);

    // Writes the header before `message.size() - size` octets of data that are
    // already there, and the checksum over both.
    void emit(MutableBytes message) const;

    // An error is about a packet, and is never answered by another error.
    bool is_error() const {
        return type == Type::Unreachable || type == Type::SourceQuench || type == Type::Redirect ||
               type == Type::TimeExceeded || type == Type::ParameterProblem;
    }
    friend bool operator==(IcmpHeader const&, IcmpHeader const&) = default;
};

// The start of a packet as an ICMP error quotes it: cut anywhere after the
// first 8 octets of its payload, with a total length that we cannot check.
struct QuotedPacket {
    IpProtocol protocol{};
    Ipv4Address source;
    Ipv4Address destination;
    Bytes payload;  // at least 8 octets: both ports, and TCP's sequence number

    static base::Result<QuotedPacket, Drop> parse(Bytes quote);
};

}  // namespace net::wire
