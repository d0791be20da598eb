// SPDX-License-Identifier: MIT
#include "kernel/net/wire/mld.hpp"

#include <cstring>

namespace net::wire {
namespace {

// Large values have an exponent. At most 8,387,584 ms: two hours and twenty minutes.
// [rfc3810 §5.1.3]
std::int64_t milliseconds_of(std::uint16_t code) {
    if (code < 0x8000) return code;
    return std::int64_t{(code & 0xfff) | 0x1000} << (((code >> 12) & 7) + 3);
}

}  // namespace

base::Result<MldQuery, Drop> MldQuery::parse(Bytes message) {
    // Between both sizes, there is no version. [rfc3810 §8.1]
    bool const version_1 = message.size() == size_of_version_1;
    if (!version_1 && message.size() < size) return base::fail(Drop::MldMalformed);
    MldQuery query;
    std::uint16_t const code = load_be16(&message[4]);
    query.longest_delay = base::Duration::milliseconds(version_1 ? code : milliseconds_of(code));
    query.group = load_ipv6(&message[8]);
    if (!query.group.is_unspecified() && !query.group.is_multicast()) return base::fail(Drop::MldMalformed);
    query.is_version_1 = version_1;
    if (version_1) return query;
    std::size_t const sources = load_be16(&message[26]);
    if (message.size() - size < sources * 16) return base::fail(Drop::MldMalformed);
    return query;
}

std::size_t MldReport::emit(std::uint8_t* to, Ipv6Address source, MldRecord const* records,
                            std::size_t count) {
    std::size_t length = Icmp6Header::size;
    for (std::size_t i = 0; i < count; ++i, length += MldRecord::size) {
        std::memset(to + length, 0, 4);
        to[length] = static_cast<std::uint8_t>(records[i].type);
        store_ipv6(to + length + 4, records[i].group);
    }
    Icmp6Header header;
    header.type = Icmp6Header::Type::ListenerReport;
    header.rest = static_cast<std::uint32_t>(count);
    header.emit(MutableBytes(to, length), source, Ipv6Address::all_report_listeners());
    return length;
}

std::size_t MldReport::emit_version_1(std::uint8_t* to, Ipv6Address source, Ipv6Address destination,
                                      Icmp6Header::Type type, Ipv6Address group) {
    store_ipv6(to + Icmp6Header::size, group);
    Icmp6Header header;
    header.type = type;
    header.emit(MutableBytes(to, MldQuery::size_of_version_1), source, destination);
    return MldQuery::size_of_version_1;
}

}  // namespace net::wire
