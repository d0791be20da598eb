// SPDX-License-Identifier: MIT
//
// How a packet leaves: what is on the link, who brings it further, what a router said of a
// better way, and how large it may be on its way. [rfc4861 §5.1, §6.3] [rfc8201]
//
// All of it is hearsay from the link, with an end: so every list has a bound, and what is
// full stays as it is until something in it has run out.
#pragma once

#include <array>
#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/nd/neighbours.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/nd.hpp"

namespace net::nd {

class Routers {
public:
    struct Router {
        Ipv6Address address;  // unspecified: the place is free
        base::Instant until;
    };
    struct Prefix {
        Ipv6Address prefix;
        std::uint8_t length = 0;
        base::Instant until;  // in the past: the place is free
    };
    // What is known of the way to one destination.
    struct Way {
        Ipv6Address destination;  // unspecified: the place is free
        Ipv6Address next_hop;     // unspecified: as for everybody
        std::uint16_t mtu = 0;    // 0: as large as the link's
        base::Instant mtu_until;  // the way may have changed for the better [rfc8201 §4]
        base::Instant used;
    };
    struct NameServer {
        Ipv6Address address;
        base::Instant until;  // in the past: the place is free
    };
    static constexpr std::size_t most_routers = 4;
    static constexpr std::size_t most_prefixes = 8;
    static constexpr std::size_t most_ways = 16;

    Routers(std::uint16_t mtu, Ipv6Settings const&, Statistics&);

    // What a router says of itself and the link; the message was found to be in order.
    void on_advertisement(Ipv6Address router, wire::RouterAdvertisement const&, base::Instant now);
    // It is a router no more.
    void forget(Ipv6Address router);
    // Takes a better first hop, if it comes from the one that we use now. [rfc4861 §8.3]
    bool on_redirect(Ipv6Address from, wire::RedirectMessage const&, Neighbours const&, base::Instant now);
    // Some link on the way carries only so much.
    void on_too_big(Ipv6Address destination, std::uint16_t mtu, base::Instant now);

    bool is_on_link(Ipv6Address, base::Instant now) const;
    // Who brings a packet nearer to its destination. A router that does not answer is passed
    // over, if there is another. [rfc4861 §5.2, §6.3.6]
    std::optional<Ipv6Address> next_hop(Ipv6Address destination, Neighbours const&, base::Instant now) const;
    // The largest packet that the link carries, either way.
    std::uint16_t link_mtu() const { return link_mtu_; }
    std::uint16_t mtu_for(Ipv6Address destination, base::Instant now) const;

    bool has_router(base::Instant now) const;
    // When the first of the routers and prefixes is none any more.
    base::Instant deadline() const { return next_end_; }
    void forget_ended(base::Instant now);
    std::uint8_t hop_limit() const { return hop_limit_; }
    std::array<Router, most_routers> const& routers() const { return routers_; }
    std::array<Prefix, most_prefixes> const& prefixes() const { return prefixes_; }
    // Those that routers named, each until its time. [rfc8106 §5.3.1]
    using NameServers = std::array<NameServer, wire::NdOptions::most_servers>;
    NameServers const& name_servers() const { return name_servers_; }

private:
    Way* find(Ipv6Address destination);
    Way const* find(Ipv6Address destination) const { return const_cast<Routers*>(this)->find(destination); }
    Way& way_to(Ipv6Address destination, base::Instant now);
    void on_prefix(wire::PrefixInformation const&, base::Instant now);
    void on_name_server(wire::NameServer const&, base::Instant now);

    Statistics& statistics_;
    std::array<Router, most_routers> routers_{};
    std::array<Prefix, most_prefixes> prefixes_{};
    std::array<Way, most_ways> ways_{};
    std::uint16_t const device_mtu_;
    std::uint16_t link_mtu_;  // what a router said of it
    std::uint8_t hop_limit_ = 64;
    NameServers name_servers_{};
    base::Instant next_end_ = base::Instant::never();
};

}  // namespace net::nd
