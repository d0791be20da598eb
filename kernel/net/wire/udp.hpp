// SPDX-License-Identifier: MIT
//
// UDP. [rfc768]
//
//    0               2               4               6               8
//   +---------------+---------------+---------------+---------------+-----------...
//   |  source port  |   dest port   |    length     |   checksum    |  data
//   +---------------+---------------+---------------+---------------+-----------...
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/bytes.hpp"

namespace net::wire {

struct UdpHeader {
    static constexpr std::size_t size = 8;

    Port source;  // 0 if the sender wants no answer
    Port destination;
    std::uint16_t length = 0;  // header and data

    std::size_t payload_length() const { return std::size_t{length} - size; }

    // `datagram` is the whole IP payload. `verify` is false when the device
    // already checked.
    static base::Result<UdpHeader, Drop> parse(Bytes datagram, IpAddress source, IpAddress destination,
                                               bool verify);

    // Writes the header before the data that is already in `datagram`, and the
    // checksum over both.
    void emit(MutableBytes datagram, IpAddress source, IpAddress destination) const;

    friend bool operator==(UdpHeader const&, UdpHeader const&) = default;
};

}  // namespace net::wire
