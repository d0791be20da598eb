// SPDX-License-Identifier: MIT
#include "kernel/net/wire/ipv6.hpp"

namespace net::wire {

base::Result<Ipv6Header, Drop> Ipv6Header::parse(Bytes packet) {
    if (packet.size() < size) return base::fail(Drop::Ipv6Truncated);
    if (packet[0] >> 4 != 6) return base::fail(Drop::Ipv6BadVersion);
    std::uint32_t const first = load_be32(&packet[0]);
    Ipv6Header header;
    header.traffic_class = static_cast<std::uint8_t>(first >> 20);
    header.flow_label = first & 0xf'ffff;
    header.payload_length = load_be16(&packet[4]);
    if (header.total_length() > packet.size()) return base::fail(Drop::Ipv6BadLength);
    header.next_header = packet[6];
    header.hop_limit = packet[7];
    header.source = load_ipv6(&packet[8]);
    header.destination = load_ipv6(&packet[24]);
    return header;
}

void Ipv6Header::emit(std::uint8_t* to) const {
    store_be32(to, 6u << 28 | std::uint32_t{traffic_class} << 20 | (flow_label & 0xf'ffff));
    store_be16(to + 4, payload_length);
    to[6] = next_header;
    to[7] = hop_limit;
    store_ipv6(to + 8, source);
    store_ipv6(to + 24, destination);
}

}  // namespace net::wire
