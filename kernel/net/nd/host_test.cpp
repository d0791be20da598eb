// SPDX-License-Identifier: MIT
//
// A host among its neighbours: addresses tried out, routers and prefixes, the neighbour
// cache, and what strangers say. S is the list of hostile input.
#include "kernel/net/nd/host.hpp"

#include "kernel/net/testing/six.hpp"

namespace net::testing {
namespace {

using nd::OwnAddress;
using Type = wire::Icmp6Header::Type;
using NeighbourState = nd::Neighbours::Entry::State;

NeighbourState state_of(Six& s, Ipv6Address address) {
    for (auto const& entry : s.host().neighbours().entries())
        if (entry.state != NeighbourState::Free && entry.address == address) return entry.state;
    return NeighbourState::Free;
}

// ---- addresses ----

TEST(NdAddresses, a_host_joins_asks_whether_the_address_is_free_and_then_looks_for_routers) {
    Six s(Six::by_itself(), false);
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
    EXPECT_EQ(s.address_in(own)->state, OwnAddress::State::Tentative);
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
    Six a(Six::by_itself()), b(Six::by_itself());
    EXPECT_EQ(a.link_local(), b.link_local());
    Config other = Six::by_itself();
    other.ipv6.secret[0] = 1;
    EXPECT_NE(Six(other).link_local(), a.link_local());
    other = Six::by_itself();
    other.mac = Six::peer_mac;
    EXPECT_NE(Six(other).link_local(), a.link_local());
    a.in_router(1800, Six::prefix_option(Six::announced, 64, 0xc0, 600, 300));
    a.in_router(1800, Six::prefix_option(Ipv6Address(Six::announced.high() + 1, 0), 64, 0xc0, 600, 300));
    EXPECT_NE(a.address_in(Six::announced)->address.low(), a.link_local().low());
    EXPECT_NE(a.address_in(Six::announced)->address.low(),
              a.address_in(Ipv6Address(Six::announced.high() + 1, 0))->address.low());
}

TEST(NdAddresses, one_that_somebody_has_is_given_up_for_another_three_times) {  // S9
    Six s(Six::by_itself(), false);
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
    Six s(Six::by_itself(), false);
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
    Six s(Six::by_itself());
    s.in_router(1800, Six::prefix_option(Six::announced, 64, 0xc0, 600, 300));
    OwnAddress const* const own = s.address_in(Six::announced);
    ASSERT_NE(own, nullptr);
    EXPECT_EQ(own->state, OwnAddress::State::Tentative);
    s.advance(Duration::seconds(2));
    EXPECT_EQ(own->state, OwnAddress::State::Preferred);
    EXPECT_EQ(s.host().source_for(Six::far).value(), own->address);
    EXPECT_EQ(s.host().source_for(Six::peer_local).value(), s.link_local());
    s.advance(Duration::seconds(299));
    EXPECT_EQ(own->state, OwnAddress::State::Deprecated);
    EXPECT_TRUE(s.host().is_ours(own->address));
    s.in_router(1800, Six::prefix_option(Six::announced, 64, 0xc0, 600, 300));
    EXPECT_EQ(own->state, OwnAddress::State::Preferred) << "renewed";
    s.advance(Duration::seconds(601));
    EXPECT_EQ(s.address_in(Six::announced), nullptr);
    EXPECT_FALSE(s.host().routers().is_on_link(Six::announced, s.now()));
}

TEST(NdRouters, a_forged_end_takes_an_address_away_after_two_hours_at_the_soonest) {  // S8
    Six s(Six::by_itself());
    s.in_router(1800, Six::prefix_option(Six::announced, 64, 0xc0, 86'400, 86'400));
    s.advance(Duration::seconds(2));
    s.in_router(0, Six::prefix_option(Six::announced, 64, 0xc0, 0, 0));
    s.advance(Duration::seconds(7190));
    ASSERT_NE(s.address_in(Six::announced), nullptr);
    EXPECT_TRUE(s.host().is_ours(s.address_in(Six::announced)->address));
    s.advance(Duration::seconds(20));
    EXPECT_EQ(s.address_in(Six::announced), nullptr);
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
    Six s(Six::by_itself());
    for (unsigned i = 0; i < 1000; ++i) {
        Six::From from = Six::router;
        from.source = Ipv6Address(0xfe80ull << 48, 0x1000 + i);
        s.in_icmp(Type::RouterAdvertisement,
                  Six::router_body(1800, Six::prefix_option(Ipv6Address(Six::announced.high() + i, 0), 64,
                                                            0xc0, 600, 300)),
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

}  // namespace
}  // namespace net::testing
