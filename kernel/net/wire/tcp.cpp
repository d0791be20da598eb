// SPDX-License-Identifier: MIT
#include "kernel/net/wire/tcp.hpp"

#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/ipv4.hpp"

namespace net::wire {
namespace {

// MUST-4
enum OptionKind : std::uint8_t { EndOfList = 0, NoOperation = 1, MaximumSegmentSize = 2 };

// Options begin on any octet (MUST-64), come in any segment (MUST-5), and all
// but the first two kinds have a length (MUST-68), so that unknown ones can be
// skipped (MUST-6). A length that cannot be ends the walk, not the kernel
// (MUST-7): the segment is dropped and counted.
base::Result<void, Drop> parse_options(Bytes options, TcpHeader& header) {
    std::size_t at = 0;
    while (at < options.size()) {
        std::uint8_t const kind = options[at];
        if (kind == EndOfList) break;
        if (kind == NoOperation) {
            ++at;
            continue;
        }
        if (at + 1 >= options.size()) return base::fail(Drop::TcpBadOptions);
        std::uint8_t const length = options[at + 1];
        if (length < 2 || length > options.size() - at) return base::fail(Drop::TcpBadOptions);
        // Elsewhere than in a SYN the MSS is ignored (MUST-65).
        if (kind == MaximumSegmentSize && header.has(TcpFlags::Syn)) {
            if (length != 4) return base::fail(Drop::TcpBadOptions);
            header.mss = load_be16(&options[at + 2]);
        }
        at += length;
    }
    return {};
}

}  // namespace

base::Result<TcpHeader, Drop> TcpHeader::parse(Bytes segment, Ipv4Address from, Ipv4Address to, bool verify) {
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

    TcpHeader header;
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
        TRY(parse_options(segment.first(header.header_length).subspan(size), header));
    return header;
}

void TcpHeader::emit(std::uint8_t* to) const {
    store_be16(to, source.value());
    store_be16(to + 2, destination.value());
    store_be32(to + 4, sequence.raw());
    store_be32(to + 8, acknowledgement.raw());
    to[12] = static_cast<std::uint8_t>(emitted_size() / 4 << 4);
    to[13] = flags;
    store_be16(to + 14, window);
    store_be16(to + 16, 0);
    store_be16(to + 18, urgent_pointer);
    if (mss) {
        to[20] = MaximumSegmentSize;
        to[21] = 4;
        store_be16(to + 22, *mss);
    }
}

}  // namespace net::wire
