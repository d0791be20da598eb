// SPDX-License-Identifier: MIT
//
// TCP. [rfc9293 §3.1]
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-------------------------------+-------------------------------+
//   |          Source Port          |       Destination Port        |
//   +-------------------------------+-------------------------------+
//   |                        Sequence Number                        |
//   +---------------------------------------------------------------+
//   |                    Acknowledgement Number                     |
//   +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
//   |  Data |       |C|E|U|A|P|R|S|F|                               |
//   | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
//   |       |       |R|E|G|K|H|T|N|N|                               |
//   +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
//   |           Checksum            |         Urgent Pointer        |
//   +-------------------------------+-------------------------------+
//   |            Options, up to 40 octets, and padding              |
//   +---------------------------------------------------------------+
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/sequence.hpp"
#include "kernel/net/wire/bytes.hpp"
#include "kernel/net/wire/tcp_options.hpp"

namespace net::wire {

struct TcpFlags {
    static constexpr std::uint8_t Fin = 0x01;
    static constexpr std::uint8_t Syn = 0x02;
    static constexpr std::uint8_t Rst = 0x04;
    static constexpr std::uint8_t Psh = 0x08;
    static constexpr std::uint8_t Ack = 0x10;
    static constexpr std::uint8_t Urg = 0x20;
    static constexpr std::uint8_t Ece = 0x40;  // the peer was told of congestion [rfc3168 §6.1]
    static constexpr std::uint8_t Cwr = 0x80;  // and has reacted
};

struct TcpHeader : TcpOptions {
    static constexpr std::size_t size = 20;  // without options
    static constexpr std::size_t largest_size = size + TcpOptions::largest_size;

    Port source;
    Port destination;
    tcp::SeqNum sequence;
    tcp::SeqNum acknowledgement;  // means nothing unless the ACK flag is set
    std::uint8_t flags = 0;
    std::uint16_t window = 0;  // unsigned: 0xffff is 65,535 (MUST-1)
    std::uint16_t urgent_pointer = 0;
    std::uint16_t header_length = size;  // options included

    bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
    std::size_t emitted_size() const { return size + TcpOptions::emitted_size(); }

    // `segment` is the whole IP payload. `verify` is false when the device
    // already checked. Verifies the checksum, pseudo-header included (MUST-3).
    static base::Result<TcpHeader, Drop> parse(Bytes segment, IpAddress source, IpAddress destination,
                                               bool verify);
    // The same into a new one: with room for all options it is too large to be copied for
    // every segment.
    static base::Result<void, Drop> parse_into(TcpHeader& header, Bytes segment, IpAddress source,
                                               IpAddress destination, bool verify);

    // Writes emitted_size() octets, and returns how many; the checksum field stays 0, because
    // the payload is not here and the device may fill it in.
    std::size_t emit(std::uint8_t* to) const;

    friend bool operator==(TcpHeader const&, TcpHeader const&) = default;
};

}  // namespace net::wire
