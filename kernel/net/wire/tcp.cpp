// SPDX-License-Identifier: MIT
#include "kernel/net/wire/tcp.hpp"

#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/ipv4.hpp"

namespace net::wire {

base::Result<TcpHeader, Drop> TcpHeader::parse(Bytes segment, IpAddress from, IpAddress to, bool verify) {
    TcpHeader header;
    TRY(parse_into(header, segment, from, to, verify));
    return header;
}

base::Result<void, Drop> TcpHeader::parse_into(TcpHeader& header, Bytes segment, IpAddress from, IpAddress to,
                                               bool verify) {
    if (segment.size() < size) return base::fail(Drop::TcpTruncated);
    std::size_t const offset = std::size_t{segment[12]} >> 4;
    if (offset * 4 < size || offset * 4 > segment.size()) return base::fail(Drop::TcpBadOffset);

    if (verify) {
        Checksum checksum;
        checksum.add_pseudo_header(from, to, static_cast<std::uint8_t>(IpProtocol::Tcp),
                                   static_cast<std::uint16_t>(segment.size()));
        checksum.add(segment);
        if (!checksum.is_valid()) return base::fail(Drop::TcpBadChecksum);
    }

    header.source = Port(load_be16(&segment[0]));
    header.destination = Port(load_be16(&segment[2]));
    if (header.source.is_any() || header.destination.is_any()) return base::fail(Drop::TcpBadPort);
    header.sequence = tcp::SeqNum(load_be32(&segment[4]));
    header.acknowledgement = tcp::SeqNum(load_be32(&segment[8]));
    header.header_length = static_cast<std::uint16_t>(offset * 4);
    header.flags = segment[13];
    header.window = load_be16(&segment[14]);
    header.urgent_pointer = load_be16(&segment[18]);
    if (header.header_length > size)
        TRY(parse_options(header, segment.first(header.header_length).subspan(size),
                          header.has(TcpFlags::Syn)));
    return {};
}

std::size_t TcpHeader::emit(std::uint8_t* to) const {
    store_be16(to, source.value());
    store_be16(to + 2, destination.value());
    store_be32(to + 4, sequence.raw());
    store_be32(to + 8, acknowledgement.raw());
    to[13] = flags;
    store_be16(to + 14, window);
    store_be16(to + 16, 0);
    store_be16(to + 18, urgent_pointer);
    std::size_t const length = size + TcpOptions::emit(to + size);
    to[12] = static_cast<std::uint8_t>(length / 4 << 4);
    return length;
}

}  // namespace net::wire
