// SPDX-License-Identifier: MIT
#include "kernel/net/wire/icmp6.hpp"

#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/ipv6_extensions.hpp"

namespace net::wire {

base::Result<Icmp6Header, Drop> Icmp6Header::parse(Bytes message, Ipv6Address source, Ipv6Address destination,
                                                   bool verify) {
    if (message.size() < size) return base::fail(Drop::IcmpTruncated);
    if (verify) {
        Checksum checksum;
        checksum.add_pseudo_header(source, destination, NextHeader::Icmp6,
                                   static_cast<std::uint32_t>(message.size()));
        checksum.add(message);
        if (!checksum.is_valid()) return base::fail(Drop::IcmpBadChecksum);
    }
    Icmp6Header header;
    header.type = static_cast<Type>(message[0]);
    header.code = message[1];
    header.rest = load_be32(&message[4]);
    return header;
}

void Icmp6Header::emit(MutableBytes message, Ipv6Address source, Ipv6Address destination) const {
    ASSERT(message.size() >= size);
    message[0] = static_cast<std::uint8_t>(type);
    message[1] = code;
    store_be16(&message[2], 0);
    store_be32(&message[4], rest);
    Checksum checksum;
    checksum.add_pseudo_header(source, destination, NextHeader::Icmp6,
                               static_cast<std::uint32_t>(message.size()));
    checksum.add(message);
    store_be16(&message[2], checksum.value());
}

base::Result<Quoted6Packet, Drop> Quoted6Packet::parse(Bytes quote) {
    if (quote.size() < Ipv6Header::size || quote[0] >> 4 != 6) return base::fail(Drop::IcmpBadQuote);
    Quoted6Packet packet;
    packet.protocol = quote[6];
    packet.source = load_ipv6(&quote[8]);
    packet.destination = load_ipv6(&quote[24]);
    packet.payload = quote.subspan(Ipv6Header::size);
    if (packet.protocol == NextHeader::Fragment) {
        if (packet.payload.size() < Ipv6Fragment::size) return base::fail(Drop::IcmpBadQuote);
        Ipv6Fragment const fragment = Ipv6Fragment::parse(packet.payload.data());
        // A later fragment has no ports: what stands in their place is data.
        if (fragment.offset != 0) return base::fail(Drop::IcmpBadQuote);
        packet.protocol = fragment.next_header;
        packet.payload = packet.payload.subspan(Ipv6Fragment::size);
    }
    if (packet.payload.size() < 8) return base::fail(Drop::IcmpBadQuote);
    return packet;
}

}  // namespace net::wire
