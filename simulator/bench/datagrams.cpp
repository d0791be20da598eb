// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/datagrams.hpp"

namespace sim::bench {
namespace {

constexpr std::uint8_t udp = 17;
constexpr std::size_t udp_header = 8;

}  // namespace

std::vector<Frame> DatagramPeer::next() {
    std::vector<Frame> frames;
    if (!known_) frames.push_back(arp_request());
    known_ = true;
    std::vector<std::uint8_t> datagram(udp_header + data_size, 'v');
    put_be(datagram, 0, 2, 5353);
    put_be(datagram, 2, 2, 7);
    put_be(datagram, 4, 2, static_cast<std::uint32_t>(datagram.size()));
    put_be(datagram, 6, 2, 0);  // no checksum of its own
    frames.push_back(ip_packet(udp, datagram));
    return frames;
}

}  // namespace sim::bench
