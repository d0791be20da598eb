// SPDX-License-Identifier: MIT
#include "kernel/net/wire/udp.hpp"

#include "kernel/net/wire/checksum.hpp"
#include "kernel/net/wire/ipv4.hpp"

namespace net::wire {
namespace {

constexpr std::uint8_t protocol = static_cast<std::uint8_t>(IpProtocol::Udp);

}  // namespace

base::Result<UdpHeader, Drop> UdpHeader::parse(Bytes datagram, IpAddress source, IpAddress destination,
                                               bool verify) {
    // [lab:11-udp-parse]
    if (datagram.size() < size) return base::fail(Drop::UdpTruncated);
    UdpHeader header;
    header.source = Port(load_be16(&datagram[0]));
    header.destination = Port(load_be16(&datagram[2]));
    header.length = load_be16(&datagram[4]);
    // The IP payload may be longer than the datagram: the rest is ignored. It
    // may never be shorter.
    if (header.length < size || header.length > datagram.size()) return base::fail(Drop::UdpBadLength);
    if (header.destination.is_any()) return base::fail(Drop::UdpBadPort);

    bool const has_checksum = load_be16(&datagram[6]) != 0;  // 0: the sender made none [rfc1122 §4.1.3.4]
    if (verify && has_checksum) {
        Checksum checksum;
        checksum.add_pseudo_header(source, destination, protocol, header.length);
        checksum.add(datagram.first(header.length));
        if (!checksum.is_valid()) return base::fail(Drop::UdpBadChecksum);
    }
    return header;
    // [/lab:11-udp-parse]
}

void UdpHeader::emit(MutableBytes datagram, IpAddress from, IpAddress to) const {
    // [lab:11-udp-emit]
    ASSERT(datagram.size() == length);
    store_be16(&datagram[0], source.value());
    store_be16(&datagram[2], destination.value());
    store_be16(&datagram[4], length);
    store_be16(&datagram[6], 0);
    Checksum checksum;
    checksum.add_pseudo_header(from, to, protocol, length);
    checksum.add(datagram);
    // A sum of zero is sent as its other form, since 0 means "no checksum".
    store_be16(&datagram[6], checksum.value() == 0 ? 0xffff : checksum.value());
    // [/lab:11-udp-emit]
}

}  // namespace net::wire
