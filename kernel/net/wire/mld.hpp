// SPDX-License-Identifier: MIT
//
// Multicast Listener Discovery: which groups somebody on the link wants to hear. Switches
// that snoop forward a group only to who has reported it. [rfc3810 §5]
//
//   query    | icmp 8 (maximum response code) | group 16 | S QRV | QQIC | number 2 | sources
//   report   | icmp 8 (number of records)     | records of 20 octets: type, 0, 0, group
//
// Version 1 has a query without what stands behind the group, and a report or a farewell for
// each group. [rfc2710 §3]
//
//   report1  | icmp 8 (0) | group 16
#pragma once

#include "kernel/base/result.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/icmp6.hpp"

namespace net::wire {

struct MldQuery {
    static constexpr std::size_t size_of_version_1 = 24;
    static constexpr std::size_t size = 28;

    base::Duration longest_delay;
    Ipv6Address group;  // unspecified: all of them
    bool is_version_1 = false;

    static base::Result<MldQuery, Drop> parse(Bytes message);
};

struct MldRecord {
    static constexpr std::size_t size = 20;
    // All that is sent to the group is wanted, whoever sends it; or nothing any more.
    // [rfc3810 §5.2.12]
    enum class Type : std::uint8_t { IsExclude = 2, ChangeToInclude = 3, ChangeToExclude = 4 };
    Type type{};
    Ipv6Address group;
};

struct MldReport {
    // A header and a record for each; returns the message's length.
    static std::size_t emit(std::uint8_t* to, Ipv6Address source, MldRecord const* records,
                            std::size_t count);
    // Of version 1: one group is heard, or no more.
    static std::size_t emit_version_1(std::uint8_t* to, Ipv6Address source, Ipv6Address destination,
                                      Icmp6Header::Type type, Ipv6Address group);
};

}  // namespace net::wire
