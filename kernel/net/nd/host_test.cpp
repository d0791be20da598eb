// SPDX-License-Identifier: MIT
//
// A host among its neighbours: addresses tried out, routers and prefixes, the neighbour
// cache, groups, and what strangers say. S is the list of hostile input.
#include "kernel/net/nd/host.hpp"

#include <map>

#include "kernel/net/testing/six.hpp"

namespace net::testing {
namespace {

using nd::OwnAddress;
using Type = wire::Icmp6Header::Type;
using NeighbourState = nd::Neighbours::Entry::State;

constexpr Ipv6Address prefix{0x2001'0db8'0001'0002, 0};

Config by_itself() {
    Config config = Six::config();
    config.ipv6.address = {};
    return config;
}

NeighbourState state_of(Six& s, Ipv6Address address) {
    for (auto const& entry : s.host().neighbours().entries())
        if (entry.state != NeighbourState::Free && entry.address == address) return entry.state;
    return NeighbourState::Free;
}

OwnAddress const* address_in(Six& s, Ipv6Address of) {
    for (OwnAddress const& own : s.host().addresses().all())
        if (own.state != OwnAddress::State::Free && own.address.high() == of.high()) return &own;
    return nullptr;
}

// ---- addresses ----

TEST(NdAddresses, a_host_joins_asks_whether_the_address_is_free_and_then_looks_for_routers) {
    Six s(by_itself(), false);
    auto const report = s.out();
    ASSERT_TRUE(report);
    Ipv6Address const own = s.link_local();
    EXPECT_TRUE(own.is_link_local());
    EXPECT_EQ(report->ip.hop_limit, 1);
    EXPECT_EQ(report->ip.destination, Ipv6Address::all_report_listeners());
    EXPECT_EQ(report->to, MacAddress({0x33, 0x33, 0, 0, 0, 0x16}));
    EXPECT_TRUE(report->ip.source.is_unspecified());
    Octets const alert{58, 0, 5, 2, 0, 0, 1, 0};
    EXPECT_TRUE(std::equal(alert.begin(), alert.end(), report->payload.begin())) << "router alert";
    EXPECT_EQ(report->payload[8], 143);
    EXPECT_EQ(report->payload[15], 1) << "one record";
    EXPECT_EQ(report->payload[16], 4) << "a group joined";
    EXPECT_EQ(wire::load_ipv6(&report->payload[20]), own.solicited_node());

    auto const question = s.out_icmp(Type::NeighbourSolicitation);
    ASSERT_TRUE(question);
    EXPECT_TRUE(question->ip.source.is_unspecified());
    EXPECT_EQ(question->ip.destination, own.solicited_node());
    EXPECT_EQ(question->ip.hop_limit, 255);
    EXPECT_EQ(wire::load_ipv6(&question->payload[8]), own);
    EXPECT_EQ(address_in(s, own)->state, OwnAddress::State::Tentative);
    EXPECT_FALSE(s.host().is_ours(own));
    s.advance(Duration::milliseconds(999));
    EXPECT_FALSE(s.out_icmp(Type::RouterSolicitation));
    s.advance(Duration::milliseconds(1));
    EXPECT_TRUE(s.host().is_ours(own));
    for (int i = 0; i < 3; ++i) {
        auto const asked = s.out_icmp(Type::RouterSolicitation);
        ASSERT_TRUE(asked) << i;
        EXPECT_EQ(asked->ip.source, own);
        s.advance(Duration::seconds(4));
    }
    s.advance(Duration::seconds(100));
    EXPECT_FALSE(s.out_icmp(Type::RouterSolicitation));
}

TEST(NdAddresses, the_same_network_gives_the_same_address_and_another_one_another) {
    Six a(by_itself()), b(by_itself());
    EXPECT_EQ(a.link_local(), b.link_local());
    Config other = by_itself();
    other.ipv6.secret[0] = 1;
    EXPECT_NE(Six(other).link_local(), a.link_local());
    other = by_itself();
    other.mac = Six::peer_mac;
    EXPECT_NE(Six(other).link_local(), a.link_local());
    a.in_router(1800, Six::prefix_option(prefix, 64, 0xc0, 600, 300));
    a.in_router(1800, Six::prefix_option(Ipv6Address(prefix.high() + 1, 0), 64, 0xc0, 600, 300));
    EXPECT_NE(address_in(a, prefix)->address.low(), a.link_local().low());
    EXPECT_NE(address_in(a, prefix)->address.low(),
              address_in(a, Ipv6Address(prefix.high() + 1, 0))->address.low());
}

TEST(NdAddresses, one_that_somebody_has_is_given_up_for_another_three_times) {  // S9
    Six s(by_itself(), false);
    s.pump();
    std::vector<Ipv6Address> tried;
    for (int i = 0; i < 3; ++i) {
        Ipv6Address const own = s.link_local();
        tried.push_back(own);
        Six::From const from{own, Ipv6Address::all_nodes(), 255, Six::peer_mac};
        s.in_icmp(Type::NeighbourAdvertisement,
                  Six::together({{0x20, 0, 0, 0}, Six::octets_of(own), Six::mac_option(2, Six::peer_mac)}),
                  from);
        s.pump();
    }
    EXPECT_NE(tried[0], tried[1]);
    EXPECT_NE(tried[1], tried[2]);
    EXPECT_EQ(s.host().addresses().all()[0].state, OwnAddress::State::Duplicate);
    s.advance(Duration::seconds(10));
    EXPECT_FALSE(s.host().is_ours(s.link_local()));
    EXPECT_EQ(s.dropped(Drop::NdDuplicate), 3u);
    EXPECT_FALSE(s.out_icmp(Type::RouterSolicitation));
}

TEST(NdAddresses, somebody_who_tries_out_the_same_one_takes_it_but_our_own_echo_does_not) {  // S9
    Six s(by_itself(), false);
    auto const question = s.out_icmp(Type::NeighbourSolicitation);
    ASSERT_TRUE(question);
    Ipv6Address const own = s.link_local();
    Six::From const from{{}, own.solicited_node(), 255, Six::peer_mac};
    Octets const echo(question->payload.begin() + 4, question->payload.end());
    s.in_icmp(Type::NeighbourSolicitation, echo, from);
    EXPECT_EQ(s.link_local(), own) << "a switch gave it back";
    s.in_icmp(Type::NeighbourSolicitation, Six::together({Octets(4), Six::octets_of(own)}), from);
    EXPECT_NE(s.link_local(), own);
}

TEST(NdAddresses, one_in_use_is_kept_and_defended_when_somebody_claims_it) {  // S9
    Six s;
    Six::From from{Six::ours, Ipv6Address::all_nodes(), 255, Six::peer_mac};
    s.in_icmp(Type::NeighbourAdvertisement, Six::together({{0x20, 0, 0, 0}, Six::octets_of(Six::ours)}),
              from);
    EXPECT_EQ(s.dropped(Drop::Ipv6BadSource), 1u);
    from.source = Six::peer_local;
    s.in_icmp(Type::NeighbourAdvertisement, Six::together({{0x20, 0, 0, 0}, Six::octets_of(Six::ours)}),
              from);
    EXPECT_EQ(s.dropped(Drop::NdDuplicate), 1u);
    EXPECT_TRUE(s.host().is_ours(Six::ours));
    // Who tries it out hears that it is taken.
    from = {{}, Six::ours.solicited_node(), 255, Six::peer_mac};
    s.in_icmp(Type::NeighbourSolicitation, Six::together({Octets(4), Six::octets_of(Six::ours)}), from);
    auto const said = s.out_icmp(Type::NeighbourAdvertisement);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->ip.destination, Ipv6Address::all_nodes());
    EXPECT_EQ(said->payload[4], 0x20) << "override, not solicited";
}

// ---- routers and prefixes ----

TEST(NdRouters, a_prefix_becomes_an_address_that_is_deprecated_and_ends) {
    Six s(by_itself());
    s.in_router(1800, Six::prefix_option(prefix, 64, 0xc0, 600, 300));
    OwnAddress const* const own = address_in(s, prefix);
    ASSERT_NE(own, nullptr);
    EXPECT_EQ(own->state, OwnAddress::State::Tentative);
    s.advance(Duration::seconds(2));
    EXPECT_EQ(own->state, OwnAddress::State::Preferred);
    EXPECT_EQ(s.host().source_for(Six::far).value(), own->address);
    EXPECT_EQ(s.host().source_for(Six::peer_local).value(), s.link_local());
    s.advance(Duration::seconds(299));
    EXPECT_EQ(own->state, OwnAddress::State::Deprecated);
    EXPECT_TRUE(s.host().is_ours(own->address));
    s.in_router(1800, Six::prefix_option(prefix, 64, 0xc0, 600, 300));
    EXPECT_EQ(own->state, OwnAddress::State::Preferred) << "renewed";
    s.advance(Duration::seconds(601));
    EXPECT_EQ(address_in(s, prefix), nullptr);
    EXPECT_FALSE(s.host().routers().is_on_link(prefix, s.now()));
}

TEST(NdRouters, a_forged_end_takes_an_address_away_after_two_hours_at_the_soonest) {  // S8
    Six s(by_itself());
    s.in_router(1800, Six::prefix_option(prefix, 64, 0xc0, 86'400, 86'400));
    s.advance(Duration::seconds(2));
    s.in_router(0, Six::prefix_option(prefix, 64, 0xc0, 0, 0));
    s.advance(Duration::seconds(7190));
    ASSERT_NE(address_in(s, prefix), nullptr);
    EXPECT_TRUE(s.host().is_ours(address_in(s, prefix)->address));
    s.advance(Duration::seconds(20));
    EXPECT_EQ(address_in(s, prefix), nullptr);
}

TEST(NdRouters, a_router_is_used_until_its_lifetime_ends_or_it_says_so) {
    Six s;
    EXPECT_EQ(s.host().source_for(Six::far).error(), Error::NetworkUnreachable);
    s.in_router(1800);
    EXPECT_TRUE(s.host().source_for(Six::far).ok());
    s.in_router(0);
    EXPECT_FALSE(s.host().source_for(Six::far).ok());
    s.in_router(10);
    s.advance(Duration::seconds(11));
    EXPECT_FALSE(s.host().source_for(Six::far).ok());
}

TEST(NdRouters, what_is_not_for_us_from_this_link_or_possible_is_dropped) {  // S8
    Six s;
    Octets const body = Six::router_body(1800);
    Six::From from = Six::router;
    from.hop_limit = 254;
    s.in_icmp(Type::RouterAdvertisement, body, from);
    EXPECT_EQ(s.dropped(Drop::NdForeign), 1u);
    s.in_icmp(Type::RouterAdvertisement, body, Six::router, 1);
    EXPECT_EQ(s.dropped(Drop::NdForeign), 2u) << "a code";
    from = Six::router;
    from.source = Six::peer;
    s.in_icmp(Type::RouterAdvertisement, body, from);
    EXPECT_EQ(s.dropped(Drop::NdBadSource), 1u) << "not by a link-local address";
    s.in_icmp(Type::RouterSolicitation, Octets(4), Six::router);
    EXPECT_EQ(s.dropped(Drop::NdNotForUs), 1u);
    EXPECT_FALSE(s.host().routers().has_router(s.now()));
    s.expect_alive();
}

TEST(NdRouters, an_mtu_is_taken_if_a_link_can_have_it) {  // S8
    Six s;
    auto const mtu_option = [](std::uint32_t mtu) {
        Octets option{5, 1, 0, 0, 0, 0, 0, 0};
        wire::store_be32(&option[4], mtu);
        return option;
    };
    for (std::uint32_t mtu : {0u, 68u, 1279u, 1501u, 65'536u, 0xffff'ffffu}) {
        s.in_router(1800, mtu_option(mtu));
        EXPECT_EQ(s.host().mtu_for(Six::peer, s.now()), 1500) << mtu;
    }
    s.in_router(1800, mtu_option(1400));
    EXPECT_EQ(s.host().mtu_for(Six::peer, s.now()), 1400);
}

TEST(NdRouters, a_thousand_routers_and_prefixes_are_bounded) {  // S8
    Six s(by_itself());
    for (unsigned i = 0; i < 1000; ++i) {
        Six::From from = Six::router;
        from.source = Ipv6Address(0xfe80ull << 48, 0x1000 + i);
        s.in_icmp(
            Type::RouterAdvertisement,
            Six::router_body(1800, Six::prefix_option(Ipv6Address(prefix.high() + i, 0), 64, 0xc0, 600, 300)),
            from);
        s.pump();
    }
    EXPECT_GT(s.dropped(Drop::NdTableFull), 2000u);
    unsigned addresses = 0;
    for (OwnAddress const& own : s.host().addresses().all())
        addresses += own.state != OwnAddress::State::Free;
    EXPECT_EQ(addresses, nd::Addresses::most);
    EXPECT_EQ(s.host().routers().routers()[0].address, Ipv6Address(0xfe80ull << 48, 0x1000))
        << "the first stays";
    s.advance(Duration::seconds(3));
    s.discard();
    Six::From const ping{Six::peer_local, s.link_local(), 255, Six::peer_mac};
    s.in(wire::NextHeader::Icmp6, Six::echo_request(8, ping), ping);
    EXPECT_TRUE(s.out_icmp(Type::EchoReply));
}

TEST(NdRouters, a_redirect_is_believed_of_the_hop_that_we_use) {  // S8
    Six s;
    s.in_router(1800);
    Ipv6Address const better(0xfe80ull << 48, 7);
    Octets const body = Six::together({Octets(4), Six::octets_of(better), Six::octets_of(Six::far)});
    Six::From from{Ipv6Address(0xfe80ull << 48, 9), Six::ours, 255, Six::peer_mac};
    s.in_icmp(Type::Redirect, body, from);
    EXPECT_EQ(s.dropped(Drop::NdBadSource), 1u) << "from somebody else";
    EXPECT_EQ(s.host().routers().next_hop(Six::far, s.host().neighbours(), s.now()), Six::peer_local);
    from.source = Six::peer_local;
    s.in_icmp(Type::Redirect, body, from);
    EXPECT_EQ(s.host().routers().next_hop(Six::far, s.host().neighbours(), s.now()), better);
    EXPECT_EQ(s.host().routers().next_hop(Ipv6Address(Six::far.high(), 1), s.host().neighbours(), s.now()),
              Six::peer_local);
    from.hop_limit = 64;
    s.in_icmp(Type::Redirect, body, from);
    EXPECT_EQ(s.dropped(Drop::NdForeign), 1u);
    // 1,000 of them have a bound, and to ourselves there is no way.
    from.hop_limit = 255;
    for (unsigned i = 0; i < 1000; ++i)
        s.in_icmp(Type::Redirect,
                  Six::together({Octets(4), Six::octets_of(better),
                                 Six::octets_of(Ipv6Address(Six::far.high(), 1000 + i))}),
                  from);
    s.in_icmp(Type::Redirect,
              Six::together({Octets(4), Six::octets_of(s.link_local()), Six::octets_of(Six::far)}), from);
    EXPECT_EQ(s.dropped(Drop::NdBadSource), 2u);
    s.expect_alive();
}

TEST(NdRouters, the_first_hop_that_does_not_answer_is_passed_over) {
    Six s;
    s.answers_solicitations = false;
    Ipv6Address const second(0xfe80ull << 48, 3);
    s.in_router(1800);
    Six::From from = Six::router;
    from.source = second;
    s.in_icmp(Type::RouterAdvertisement, Six::router_body(1800), from);
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(99)).value();
    ASSERT_TRUE(udp.send(socket, Endpoint{Six::far, Port(9)}, stream(0, 4)).ok());
    s.advance(Duration::milliseconds(3500));
    EXPECT_EQ(s.host().routers().next_hop(Six::far, s.host().neighbours(), s.now()), second);
}

// One option of the given servers, with one lifetime. [rfc8106 §5.1]
Octets servers_option(std::uint32_t lifetime, std::vector<Ipv6Address> const& servers) {
    Octets option(8 + 16 * servers.size());
    option[0] = 25;
    option[1] = static_cast<std::uint8_t>(option.size() / 8);
    wire::store_be32(&option[4], lifetime);
    for (std::size_t i = 0; i < servers.size(); ++i) wire::store_ipv6(&option[8 + 16 * i], servers[i]);
    return option;
}

std::vector<Ipv6Address> name_servers(Six& s) {
    std::vector<Ipv6Address> result;
    for (auto const& each : s.host().routers().name_servers())
        if (each.until > s.now()) result.push_back(each.address);
    return result;
}

constexpr Ipv6Address name_server(std::uint64_t number) { return {0x2001'0db8ull << 32, number}; }

TEST(NdRouters, three_name_servers_are_known_each_for_its_time) {  // RFC 8106 §5.3.1
    Six s;
    using Servers = std::vector<Ipv6Address>;
    s.in_router(1800, Six::together({servers_option(100, {name_server(1), name_server(2)}),
                                     servers_option(200, {name_server(3)})}));
    EXPECT_EQ(name_servers(s), (Servers{name_server(1), name_server(2), name_server(3)}));
    s.in_router(1800, servers_option(500, {name_server(4)}));
    EXPECT_EQ(name_servers(s), (Servers{name_server(1), name_server(2), name_server(3)}))
        << "a fourth has to wait";
    EXPECT_EQ(s.dropped(Drop::NdTableFull), 1u);
    s.in_router(1800, servers_option(300, {name_server(2)}));
    s.advance(Duration::seconds(101));
    EXPECT_EQ(name_servers(s), (Servers{name_server(2), name_server(3)}));
    s.in_router(1800, servers_option(500, {name_server(4)}));
    EXPECT_EQ(name_servers(s), (Servers{name_server(4), name_server(2), name_server(3)}));
    s.in_router(1800, servers_option(0, {name_server(2)}));
    EXPECT_EQ(name_servers(s), (Servers{name_server(4), name_server(3)})) << "it is none any more";
    s.in_router(1800, servers_option(0, {name_server(9)}));
    s.in_router(1800, servers_option(50, {Ipv6Address(), Ipv6Address::all_nodes()}));
    EXPECT_EQ(name_servers(s), (Servers{name_server(4), name_server(3)})) << "nobody, and everybody";
    s.in_router(1800, servers_option(0xffff'ffff, {name_server(5)}));
    s.advance(Duration::seconds(500));
    EXPECT_EQ(name_servers(s), (Servers{name_server(5)})) << "for ever";
}

TEST(NdRouters, of_a_thousand_name_servers_three_are_kept) {  // S8
    Six s;
    for (std::uint64_t i = 0; i < 1000; ++i) s.in_router(1800, servers_option(1000, {name_server(10 + i)}));
    EXPECT_EQ(name_servers(s), (std::vector<Ipv6Address>{name_server(10), name_server(11), name_server(12)}));
    s.expect_alive();
}

// ---- neighbours ----

TEST(NdNeighbours, one_who_asks_is_told_and_known_as_stale) {
    Six s;
    Six::From const from{Six::peer, Six::ours.solicited_node(), 255, Six::peer_mac};
    s.in_icmp(Type::NeighbourSolicitation,
              Six::together({Octets(4), Six::octets_of(Six::ours), Six::mac_option(1, Six::peer_mac)}), from);
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Stale);
    auto const said = s.out_icmp(Type::NeighbourAdvertisement);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->to, Six::peer_mac);
    EXPECT_EQ(said->ip.source, Six::ours);
    EXPECT_EQ(said->ip.destination, Six::peer);
    EXPECT_EQ(said->ip.hop_limit, 255);
    EXPECT_EQ(said->payload[4], 0x60) << "solicited, override";
    EXPECT_EQ(wire::load_mac(&said->payload[26]), Six::our_mac);
}

TEST(NdNeighbours, go_through_all_their_states) {
    Six s;
    s.answers_solicitations = false;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(99)).value();
    auto const send = [&] { ASSERT_TRUE(udp.send(socket, Endpoint{Six::peer, Port(9)}, stream(0, 4)).ok()); };
    auto const advertise = [&](std::uint8_t flags, MacAddress mac) {
        Six::From const from{Six::peer, Six::ours, 255, mac};
        s.in_icmp(Type::NeighbourAdvertisement,
                  Six::together({{flags, 0, 0, 0}, Six::octets_of(Six::peer), Six::mac_option(2, mac)}),
                  from);
    };
    advertise(0x60, Six::peer_mac);
    EXPECT_EQ(s.dropped(Drop::NdUnsolicited), 1u) << "nobody asked";
    send();
    auto question = s.out_icmp(Type::NeighbourSolicitation);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->ip.destination, Six::peer.solicited_node());
    EXPECT_EQ(question->ip.source, Six::ours);
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Incomplete);
    advertise(0x60, Six::peer_mac);
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Reachable);
    auto const packet = s.out();
    ASSERT_TRUE(packet) << "what waited leaves";
    EXPECT_EQ(packet->to, Six::peer_mac);
    // Another MAC without override makes us doubt; with it we believe, until asked.
    MacAddress const other{{2, 0, 0, 0, 0, 9}};
    advertise(0x40, other);
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Stale);
    advertise(0x60, Six::peer_mac);
    s.advance(Duration::seconds(31));
    send();
    EXPECT_EQ(s.out()->to, Six::peer_mac) << "an old one is used at once";
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Delay);
    s.advance(Duration::seconds(5));
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Probe);
    question = s.out_icmp(Type::NeighbourSolicitation);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->ip.destination, Six::peer) << "alone";
    EXPECT_EQ(question->to, Six::peer_mac);
    advertise(0x40, Six::peer_mac);
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Reachable);
    advertise(0x20, other);
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Stale);
    send();
    EXPECT_EQ(s.out()->to, other);
    s.advance(Duration::seconds(8));
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Failed) << "three questions, no answer";
    send();
    s.advance(Duration::seconds(1));
    EXPECT_EQ(s.dropped(Drop::OutputUnresolved), 1u);
}

TEST(NdNeighbours, ten_thousand_strangers_do_not_push_out_one_that_we_use) {  // A7, S8
    Six s;
    auto& udp = s.stack().udp();
    SocketId const socket = udp.bind(Port(99)).value();
    ASSERT_TRUE(udp.send(socket, Endpoint{Six::peer, Port(9)}, stream(0, 4)).ok());
    s.discard();
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Reachable);
    std::size_t const used = s.memory().used();
    for (unsigned i = 0; i < 10'000; ++i) {
        Six::From const from{Ipv6Address(Six::peer.high(), 0x1'0000 + i), Six::ours, 255, Six::peer_mac};
        s.in_icmp(Type::NeighbourSolicitation,
                  Six::together({Octets(4), Six::octets_of(Six::ours),
                                 Six::mac_option(1, MacAddress({2, 1, 0, 0, 1, 1}))}),
                  from);
        if (i % 16 == 0) s.discard();
    }
    s.discard();
    EXPECT_EQ(state_of(s, Six::peer), NeighbourState::Reachable);
    EXPECT_EQ(s.memory().used(), used);
    s.expect_alive();
}

TEST(NdNeighbours, many_that_do_not_answer_are_not_asked_without_end) {
    Six s;
    for (unsigned i = 0; i < 300; ++i) {
        Six::From from;
        from.source = Ipv6Address(Six::peer.high(), 0x2'0000 + i);
        s.in(wire::NextHeader::Icmp6, Six::echo_request(8, from), from);
    }
    unsigned questions = 0;
    while (s.out_icmp(Type::NeighbourSolicitation)) ++questions;
    EXPECT_LE(questions, 64u);
    s.advance(Duration::seconds(10));
    s.expect_alive();
}

TEST(NdNeighbours, solicitations_that_cannot_be_are_dropped) {  // S8
    Six s;
    auto const ask = [&](Ipv6Address source, Ipv6Address destination, Ipv6Address target,
                         Octets const& options = {}, std::uint8_t hop_limit = 255, std::uint8_t code = 0) {
        s.in_icmp(Type::NeighbourSolicitation, Six::together({Octets(4), Six::octets_of(target), options}),
                  {source, destination, hop_limit, Six::peer_mac}, code);
    };
    ask(Six::peer, Six::ours, Six::ours, {}, 254);
    ask(Six::peer, Six::ours, Six::ours, {}, 255, 1);
    EXPECT_EQ(s.dropped(Drop::NdForeign), 2u);
    ask(Six::peer, Six::ours, Ipv6Address::all_nodes());
    EXPECT_EQ(s.dropped(Drop::NdBadTarget), 1u);
    ask({}, Six::ours, Six::ours);
    ask({}, Six::ours.solicited_node(), Six::ours, Six::mac_option(1, Six::peer_mac));
    EXPECT_EQ(s.dropped(Drop::NdBadSource), 2u);
    ask(Six::peer, Six::ours, Six::ours, Six::mac_option(1, MacAddress::broadcast()));
    EXPECT_EQ(s.dropped(Drop::NdBadOption), 1u) << "everybody's MAC is nobody's";
    ask(Six::peer, Six::ours, Six::peer);
    EXPECT_EQ(s.dropped(Drop::NdNotForUs), 1u);
    EXPECT_FALSE(s.out_icmp(Type::NeighbourAdvertisement));
    s.expect_alive();
}

TEST(NdNeighbours, a_router_that_becomes_a_host_is_no_way_any_more) {
    Six s;
    s.in_router(1800, Six::mac_option(1, Six::peer_mac));
    Six::From const from{Six::peer_local, Ipv6Address::all_nodes(), 255, Six::peer_mac};
    s.in_icmp(
        Type::NeighbourAdvertisement,
        Six::together({{0x20, 0, 0, 0}, Six::octets_of(Six::peer_local), Six::mac_option(2, Six::peer_mac)}),
        from);
    EXPECT_FALSE(s.host().source_for(Six::far).ok());
}

// ---- groups ----

TEST(NdGroups, a_question_is_answered_within_its_time_and_one_from_afar_is_not) {
    Six s;
    Octets body(24);
    wire::store_be16(body.data(), 1000);
    Octets const alert{58, 0, 5, 2, 0, 0, 1, 0};
    Six::From from{Six::peer_local, Ipv6Address::all_nodes(), 1, Six::peer_mac};
    s.in(0, Six::together({alert, Six::message(Type::ListenerQuery, body, from)}), from);
    s.advance(Duration::seconds(1));
    unsigned groups = 0;
    while (auto const report = s.out()) {
        ASSERT_EQ(report->ip.destination, Ipv6Address::all_report_listeners());
        EXPECT_EQ(report->ip.source, s.link_local());
        EXPECT_EQ(report->payload[16], 2) << "heard now";
        groups += report->payload[15];
    }
    EXPECT_EQ(groups, 2u) << "the groups of both addresses";
    s.in_icmp(Type::ListenerQuery, body, from);
    from.source = Six::peer;
    s.in(0, Six::together({alert, Six::message(Type::ListenerQuery, body, from)}), from);
    from.source = Six::peer_local;
    from.hop_limit = 2;
    s.in(0, Six::together({alert, Six::message(Type::ListenerQuery, body, from)}), from);
    EXPECT_EQ(s.dropped(Drop::MldForeign), 3u);
    s.advance(Duration::seconds(2));
    EXPECT_FALSE(s.out());
}

TEST(NdGroups, a_huge_delay_is_waited_for_without_harm) {  // S10
    Six s;
    Octets body(24);
    wire::store_be16(body.data(), 0xffff);
    Octets const alert{58, 0, 5, 2, 0, 0, 1, 0};
    Six::From const from{Six::peer_local, Ipv6Address::all_nodes(), 1, Six::peer_mac};
    for (int i = 0; i < 1000; ++i)
        s.in(0, Six::together({alert, Six::message(Type::ListenerQuery, body, from)}), from);
    s.advance(Duration::seconds(3 * 3600));
    unsigned reports = 0;
    while (s.out()) ++reports;
    EXPECT_GE(reports, 1u);
    EXPECT_LE(reports, 2u);
    s.expect_alive();
}

TEST(NdGroups, an_address_that_ends_leaves_its_group) {
    Six s(by_itself());
    s.in_router(1800, Six::prefix_option(prefix, 64, 0xc0, 60, 60));
    s.advance(Duration::seconds(5));
    Ipv6Address const group = address_in(s, prefix)->address.solicited_node();
    EXPECT_TRUE(s.host().hears(group));
    s.discard();
    s.advance(Duration::seconds(56));
    EXPECT_FALSE(s.host().hears(group));
    auto const report = s.out();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->payload[16], 3) << "wants nothing more";
    EXPECT_EQ(wire::load_ipv6(&report->payload[20]), group);
}

// ---- groups, in version 1 ----

Octets const router_alert{58, 0, 5, 2, 0, 0, 1, 0};

// A question about all groups: 20 octets behind the first four are version 1, 24 version 2.
void ask_about_groups(Six& s, std::size_t body, std::uint16_t delay_ms = 1000) {
    Octets query(body);
    wire::store_be16(query.data(), delay_ms);
    Six::From const from{Six::peer_local, Ipv6Address::all_nodes(), 1, Six::peer_mac};
    s.in(0, Six::together({router_alert, Six::message(Type::ListenerQuery, query, from)}), from);
}
constexpr std::size_t version_1 = 20, version_2 = 24;

// What is reported of groups in the next second: type of message and group, which it goes to.
using Reports = std::map<Ipv6Address, Type, bool (*)(Ipv6Address const&, Ipv6Address const&)>;
Reports reports(Six& s, Duration in = Duration::seconds(1)) {
    s.advance(in);
    Reports result([](Ipv6Address const& a, Ipv6Address const& b) {
        return std::pair(a.high(), a.low()) < std::pair(b.high(), b.low());
    });
    while (auto const packet = s.out()) {
        if (packet->ip.next_header != 0) continue;
        Bytes const message = Bytes(packet->payload).subspan(8);
        EXPECT_TRUE(wire::Icmp6Header::parse(message, packet->ip.source, packet->ip.destination, true).ok());
        EXPECT_EQ(packet->ip.hop_limit, 1);
        EXPECT_EQ(packet->ip.source, s.link_local());
        EXPECT_TRUE(std::equal(router_alert.begin(), router_alert.end(), packet->payload.begin()));
        EXPECT_EQ(packet->to, nd::mac_of_group(packet->ip.destination));
        auto const type = static_cast<Type>(message[0]);
        bool const is_old = type != Type::ListenerReport;
        EXPECT_EQ(message.size() == 24, is_old);
        // Of version 2, whose records stand together, the first one's.
        Ipv6Address const group = wire::load_ipv6(&message[is_old ? 8 : 12]);
        Ipv6Address const to = type == Type::ListenerReport1 ? group
                               : type == Type::ListenerDone  ? Ipv6Address::all_routers()
                                                             : Ipv6Address::all_report_listeners();
        EXPECT_EQ(packet->ip.destination, to);
        EXPECT_TRUE(result.emplace(group, type).second) << "said once";
    }
    return result;
}

bool all_are(Reports const& said, Type type) {
    for (auto const& each : said)
        if (each.second != type) return false;
    return !said.empty();
}

TEST(NdGroups, who_asks_in_version_1_is_answered_in_it_a_message_for_each_group) {  // RFC 3810 §8.2, RFC 2710
    Six s;
    ask_about_groups(s, version_1);
    Reports const said = reports(s);
    ASSERT_EQ(said.size(), 2u) << "the groups of both addresses";
    for (auto const& [group, type] : said) {
        EXPECT_EQ(type, Type::ListenerReport1);
        EXPECT_TRUE(group == s.link_local().solicited_node() || group == Six::ours.solicited_node());
    }
}

TEST(NdGroups, version_1_lasts_until_nobody_has_asked_in_it_for_260_seconds) {  // RFC 3810 §9.12
    Six s;
    ask_about_groups(s, version_1);
    EXPECT_TRUE(all_are(reports(s), Type::ListenerReport1));
    s.advance(Duration::seconds(250));
    ask_about_groups(s, version_2);  // of another one: the older one may still be there
    EXPECT_TRUE(all_are(reports(s), Type::ListenerReport1));
    s.advance(Duration::seconds(10));
    ask_about_groups(s, version_2);
    EXPECT_TRUE(all_are(reports(s), Type::ListenerReport));
}

TEST(NdGroups, an_address_that_comes_and_goes_is_told_of_in_version_1) {
    Six s(by_itself());
    ask_about_groups(s, version_1);
    (void)reports(s);
    s.in_router(1800, Six::prefix_option(prefix, 64, 0xc0, 60, 60));
    s.pump();
    Ipv6Address const group = address_in(s, prefix)->address.solicited_node();
    Reports said = reports(s, Duration());
    ASSERT_EQ(said.count(group), 1u);
    EXPECT_EQ(said.at(group), Type::ListenerReport1);
    s.advance(Duration::seconds(55));
    s.discard();
    s.advance(Duration::seconds(6));
    EXPECT_FALSE(s.host().hears(group));
    bool told = false;
    while (auto const packet = s.out())
        told = told || (packet->payload[8] == 132 && packet->ip.destination == Ipv6Address::all_routers() &&
                        wire::load_ipv6(&packet->payload[16]) == group);
    EXPECT_TRUE(told);
}

TEST(NdGroups, what_waits_to_be_said_is_forgotten_when_the_version_changes) {  // RFC 3810 §8.2.1
    Six s;
    ask_about_groups(s, version_2, 10'000);
    ask_about_groups(s, version_1, 1000);
    for (auto const& [group, type] : reports(s, Duration::seconds(12)))
        EXPECT_EQ(type, Type::ListenerReport1);
    ask_about_groups(s, version_1, 0);
    EXPECT_EQ(reports(s, Duration()).size(), 2u);
    s.advance(Duration::seconds(259));
    ask_about_groups(s, version_2, 10'000);  // meant for version 1, and the time ends before
    s.advance(Duration::seconds(2));
    s.discard();
    EXPECT_TRUE(reports(s, Duration::seconds(20)).empty());
}

}  // namespace
}  // namespace net::testing
