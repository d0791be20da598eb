// SPDX-License-Identifier: MIT
//
// Neighbour Discovery: who has which MAC, who is a router, which prefixes are ours. Five
// messages of ICMPv6, each with options behind a fixed part. [rfc4861 §4]
//
//   solicitation    | icmp 8 | target 16                              | options
//   advertisement   | icmp 8 (R S O in `rest`) | target 16            | options
//   router sol.     | icmp 8 | options
//   router adv.     | icmp 8 (hop limit, flags, lifetime in `rest`) | reachable 4 | retrans 4 | options
//   redirect        | icmp 8 | target 16 | destination 16             | options
//
// Options: | type | length in 8 octets, never 0 | data |
#pragma once

#include <optional>

#include "kernel/base/result.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/icmp6.hpp"

namespace net::wire {

// [rfc4861 §4.6.2]
struct PrefixInformation {
    Ipv6Address prefix;
    std::uint8_t length = 0;               // at most 128
    bool on_link = false;                  // L
    bool autonomous = false;               // A: make an address of it
    std::uint32_t valid_lifetime = 0;      // seconds; all ones: for ever
    std::uint32_t preferred_lifetime = 0;  // at most the valid one
    friend bool operator==(PrefixInformation const&, PrefixInformation const&) = default;
};

// One of those that know names. [rfc8106 §5.1]
struct NameServer {
    Ipv6Address address;
    std::uint32_t lifetime = 0;  // seconds; 0: it is none any more; all ones: for ever
};

struct NdOptions {
    static constexpr std::size_t most_prefixes = 8;
    static constexpr std::size_t most_servers = 3;  // [rfc8106 §5.3.1]

    std::optional<MacAddress> source_mac;
    std::optional<MacAddress> target_mac;
    std::optional<std::uint32_t> mtu;
    std::optional<std::uint64_t> nonce;  // 48 bits [rfc3971 §5.3.2] [rfc7527 §4]
    std::uint8_t prefix_count = 0;       // those beyond are left out
    PrefixInformation prefixes[most_prefixes];
    std::uint8_t server_count = 0;
    NameServer servers[most_servers];

    // A length of 0 would never end: such a message is dropped whole. Unknown options are
    // passed over. [rfc4861 §4.6, §9]
    static base::Result<NdOptions, Drop> parse(Bytes options);
};

struct NeighbourSolicitation {
    static constexpr std::size_t size = 24;  // without options
    Ipv6Address target;
    NdOptions options;
    static base::Result<NeighbourSolicitation, Drop> parse(Bytes message);
};

struct NeighbourAdvertisement {
    static constexpr std::size_t size = 24;
    bool router = false;
    bool solicited = false;
    bool override = false;
    Ipv6Address target;
    NdOptions options;
    static base::Result<NeighbourAdvertisement, Drop> parse(Bytes message);
};

struct RouterAdvertisement {
    static constexpr std::size_t size = 16;
    std::uint8_t hop_limit = 0;         // 0: no opinion, as in the next three
    std::uint16_t router_lifetime = 0;  // seconds; 0: not a default router
    std::uint32_t reachable_time_ms = 0;
    std::uint32_t retransmit_timer_ms = 0;
    NdOptions options;
    static base::Result<RouterAdvertisement, Drop> parse(Bytes message);
};

struct RedirectMessage {
    static constexpr std::size_t size = 40;
    Ipv6Address target;  // the better next hop; the destination itself if that is on the link
    Ipv6Address destination;
    NdOptions options;
    static base::Result<RedirectMessage, Drop> parse(Bytes message);
};

// What we send; each writes a whole message with its checksum and returns its length.
struct NdEmit {
    static constexpr std::size_t largest = 40;
    // `nonce`: of a question about our own address; others say our MAC instead.
    static std::size_t solicitation(std::uint8_t* to, Ipv6Address source, Ipv6Address destination,
                                    Ipv6Address target, MacAddress own, std::optional<std::uint64_t> nonce);
    static std::size_t advertisement(std::uint8_t* to, Ipv6Address source, Ipv6Address destination,
                                     Ipv6Address target, MacAddress own, bool solicited, bool override);
    static std::size_t router_solicitation(std::uint8_t* to, Ipv6Address source, MacAddress own);
};

}  // namespace net::wire
