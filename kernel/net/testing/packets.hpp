// SPDX-License-Identifier: MIT
//
// What more than one test sends to a stack: pings, datagrams, and headers that are wrong in
// one place and right in their checksum.
#pragma once

#include <algorithm>
#include <vector>

#include "kernel/net/testing/script.hpp"
#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/icmp.hpp"
#include "kernel/net/wire/udp.hpp"

namespace net::testing {

using Octets = std::vector<std::uint8_t>;

inline Octets echo_request(std::size_t data) {
    Octets message = stream(0, 8 + data);
    wire::IcmpHeader header;
    header.type = wire::IcmpHeader::Type::EchoRequest;
    header.rest = 0x0007'0001;
    header.emit(message);
    return message;
}

// From the peer.
inline Octets udp_datagram(std::uint16_t to, Octets const& data, Ipv4Address destination = Script::our_ip,
                           std::uint16_t from = 5353) {
    Octets datagram(8 + data.size());
    std::copy(data.begin(), data.end(), datagram.begin() + 8);
    wire::UdpHeader header{Port(from), Port(to), static_cast<std::uint16_t>(datagram.size())};
    header.emit(datagram, Script::peer_ip, destination);
    return datagram;
}

// Changes the IPv4 header of a frame and mends its checksum.
template <class Change>
Frame changed(Frame frame, Change change) {
    change(&frame[14]);
    std::size_t const length = std::min<std::size_t>((frame[14] & 0xfu) * 4u, frame.size() - 14);
    wire::store_be16(&frame[24], 0);
    wire::store_be16(&frame[24], wire::checksum_of(Bytes(frame).subspan(14, length)));
    return frame;
}

}  // namespace net::testing
