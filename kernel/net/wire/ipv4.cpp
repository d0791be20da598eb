// SPDX-License-Identifier: MIT
#include "kernel/net/wire/ipv4.hpp"

#include "kernel/base/checks.hpp"
#include "kernel/net/wire/checksum.hpp"

namespace net::wire {
namespace {

constexpr std::uint16_t dont_fragment_bit = 0x4000;
constexpr std::uint16_t more_fragments_bit = 0x2000;

// We obey no option (MUST-50), but walk them: a malformed list is a sign of an attack,
// and source routes are refused, as RFC 7126 §4.3 and §4.4 advise (a deliberate
// deviation from MUST-51 to MUST-53).
base::Result<void, Drop> check_options(Bytes options) {
    std::size_t at = 0;
    while (at < options.size()) {
        std::uint8_t const kind = options[at];
        if (kind == 0) break;  // end of list
        if (kind == 1) {       // no operation
            ++at;
            continue;
        }
        if (at + 1 >= options.size()) return base::fail(Drop::Ipv4BadOptions);
        std::uint8_t const length = options[at + 1];
        if (length < 2 || length > options.size() - at) return base::fail(Drop::Ipv4BadOptions);
        if (kind == 131 || kind == 137) return base::fail(Drop::Ipv4SourceRoute);
        at += length;
    }
    return {};
}

}  // namespace

base::Result<Ipv4Header, Drop> Ipv4Header::parse(Bytes packet) {
    // [lab:10-ipv4-parse]
    if (packet.size() < size) return base::fail(Drop::Ipv4Truncated);
    if (packet[0] >> 4 != 4) return base::fail(Drop::Ipv4BadVersion);

    Ipv4Header header;
    header.header_length = static_cast<std::uint8_t>((packet[0] & 0xf) * 4);
    if (header.header_length < size || header.header_length > packet.size())
        return base::fail(Drop::Ipv4BadHeaderLength);
    header.total_length = load_be16(&packet[2]);
    if (header.total_length < header.header_length || header.total_length > packet.size())
        return base::fail(Drop::Ipv4BadTotalLength);

    Checksum checksum;
    if (header.header_length == size)
        checksum.add_ipv4_header(packet.data());
    else
        checksum.add(packet.first(header.header_length));
    if (!checksum.is_valid()) return base::fail(Drop::Ipv4BadChecksum);

    header.traffic_class = packet[1];
    header.identification = load_be16(&packet[4]);
    std::uint16_t const fragment = load_be16(&packet[6]);
    header.dont_fragment = (fragment & dont_fragment_bit) != 0;
    header.more_fragments = (fragment & more_fragments_bit) != 0;
    header.fragment_offset = static_cast<std::uint16_t>((fragment & 0x1fff) * 8);
    header.time_to_live = packet[8];
    header.protocol = static_cast<IpProtocol>(packet[9]);
    header.source = load_ipv4(&packet[12]);
    header.destination = load_ipv4(&packet[16]);
    if (header.header_length > size) TRY(check_options(packet.first(header.header_length).subspan(size)));
    return header;
    // [/lab:10-ipv4-parse]
}

PART_OF_ALL_CALLERS void Ipv4Header::emit(std::uint8_t* to) const {
    // [lab:10-ipv4-emit]
    to[0] = 4 << 4 | size / 4;
    to[1] = traffic_class;
    store_be16(to + 2, total_length);
    store_be16(to + 4, identification);
    store_be16(to + 6,
               static_cast<std::uint16_t>((dont_fragment ? dont_fragment_bit : 0) |
                                          (more_fragments ? more_fragments_bit : 0) | fragment_offset / 8));
    to[8] = time_to_live;
    to[9] = static_cast<std::uint8_t>(protocol);
    store_be16(to + 10, 0);
    store_ipv4(to + 12, source);
    store_ipv4(to + 16, destination);
    Checksum checksum;
    checksum.add_ipv4_header(to);
    store_be16(to + 10, checksum.value());
    // [/lab:10-ipv4-emit]
}

}  // namespace net::wire
