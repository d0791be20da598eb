// SPDX-License-Identifier: MIT
#include "kernel/net/wire/icmp.hpp"

#include "kernel/net/wire/checksum.hpp"

namespace net::wire {

base::Result<IcmpHeader, Drop> IcmpHeader::parse(Bytes message) {
    if (message.size() < size) return base::fail(Drop::IcmpTruncated);
    Checksum checksum;
    checksum.add(message);
    if (!checksum.is_valid()) return base::fail(Drop::IcmpBadChecksum);
    IcmpHeader header;
    header.type = static_cast<Type>(message[0]);
    header.code = message[1];
    header.rest = load_be32(&message[4]);
    return header;
}

void IcmpHeader::emit(MutableBytes message) const {
    ASSERT(message.size() >= size);
    message[0] = static_cast<std::uint8_t>(type);
    message[1] = code;
    store_be16(&message[2], 0);
    store_be32(&message[4], rest);
    store_be16(&message[2], checksum_of(message));
}

base::Result<QuotedPacket, Drop> QuotedPacket::parse(Bytes quote) {
    if (quote.size() < Ipv4Header::size || quote[0] >> 4 != 4) return base::fail(Drop::IcmpBadQuote);
    std::size_t const header_length = std::size_t{quote[0] & 0xfu} * 4;
    if (header_length < Ipv4Header::size || quote.size() < header_length + 8)
        return base::fail(Drop::IcmpBadQuote);
    // A later fragment has no ports: what stands in their place is data.
    if ((load_be16(&quote[6]) & 0x1fff) != 0) return base::fail(Drop::IcmpBadQuote);

    QuotedPacket packet;
    packet.protocol = static_cast<IpProtocol>(quote[9]);
    packet.source = load_ipv4(&quote[12]);
    packet.destination = load_ipv4(&quote[16]);
    packet.payload = quote.subspan(header_length);
    return packet;
}

}  // namespace net::wire
