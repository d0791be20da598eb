// SPDX-License-Identifier: MIT
//
// The groups that a host hears, as it reports them to routers and switches: by version 2
// of Multicast Listener Discovery, and by version 1. S is the list of hostile input.
#include "kernel/net/nd/groups.hpp"

#include <map>

#include "kernel/net/testing/six.hpp"

namespace net::testing {
namespace {

using Type = wire::Icmp6Header::Type;

Octets const router_alert{58, 0, 5, 2, 0, 0, 1, 0};

// A question about all groups: 20 octets behind the first four are version 1, 24 version 2.
constexpr std::size_t version_1 = 20, version_2 = 24;
constexpr Six::From asker{Six::peer_local, Ipv6Address::all_nodes(), 1, Six::peer_mac};
void ask_about_groups(Six& s, std::size_t body, std::uint16_t delay_ms = 1000,
                      Six::From const& from = asker) {
    Octets query(body);
    wire::store_be16(query.data(), delay_ms);
    s.in(0, Six::together({router_alert, Six::message(Type::ListenerQuery, query, from)}), from);
}

TEST(NdGroups, a_question_is_answered_within_its_time_and_one_from_afar_is_not) {
    Six s;
    ask_about_groups(s, version_2);
    s.advance(Duration::seconds(1));
    unsigned groups = 0;
    while (auto const report = s.out()) {
        ASSERT_EQ(report->ip.destination, Ipv6Address::all_report_listeners());
        EXPECT_EQ(report->ip.source, s.link_local());
        EXPECT_EQ(report->payload[16], 2) << "heard now";
        groups += report->payload[15];
    }
    EXPECT_EQ(groups, 2u) << "the groups of both addresses";
    s.in_icmp(Type::ListenerQuery, Octets(version_2), asker);  // without the alert
    Six::From from = asker;
    from.source = Six::peer;
    ask_about_groups(s, version_2, 1000, from);
    from = asker;
    from.hop_limit = 2;
    ask_about_groups(s, version_2, 1000, from);
    EXPECT_EQ(s.dropped(Drop::MldForeign), 3u);
    s.advance(Duration::seconds(2));
    EXPECT_FALSE(s.out());
}

TEST(NdGroups, a_huge_delay_is_waited_for_without_harm) {  // S10
    Six s;
    for (int i = 0; i < 1000; ++i) ask_about_groups(s, version_2, 0xffff);
    s.advance(Duration::seconds(3 * 3600));
    unsigned reports = 0;
    while (s.out()) ++reports;
    EXPECT_GE(reports, 1u);
    EXPECT_LE(reports, 2u);
    s.expect_alive();
}

TEST(NdGroups, an_address_that_ends_leaves_its_group) {
    Six s(Six::by_itself());
    s.in_router(1800, Six::prefix_option(Six::announced, 64, 0xc0, 60, 60));
    s.advance(Duration::seconds(5));
    Ipv6Address const group = s.address_in(Six::announced)->address.solicited_node();
    EXPECT_TRUE(s.host().hears(group));
    s.discard();
    s.advance(Duration::seconds(56));
    EXPECT_FALSE(s.host().hears(group));
    auto const report = s.out();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->payload[16], 3) << "wants nothing more";
    EXPECT_EQ(wire::load_ipv6(&report->payload[20]), group);
}

// ---- version 1 ----

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
    Six s(Six::by_itself());
    ask_about_groups(s, version_1);
    (void)reports(s);
    s.in_router(1800, Six::prefix_option(Six::announced, 64, 0xc0, 60, 60));
    s.pump();
    Ipv6Address const group = s.address_in(Six::announced)->address.solicited_node();
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

void hear_report(Six& s, Ipv6Address group, Six::From const& from, Octets const& before = router_alert) {
    Octets const message =
        Six::message(Type::ListenerReport1, Six::together({Octets(4), Six::octets_of(group)}), from);
    if (before.empty())
        s.in(wire::NextHeader::Icmp6, message, from);
    else
        s.in(0, Six::together({before, message}), from);
}

TEST(NdGroups, a_report_of_somebody_else_in_version_1_spares_ours) {  // RFC 2710 §4
    Six s;
    Ipv6Address const group = Six::ours.solicited_node(), other = s.link_local().solicited_node();
    Six::From const from{Six::peer_local, group, 1, Six::peer_mac};
    ask_about_groups(s, version_1);
    hear_report(s, group, from);
    Reports said = reports(s);
    EXPECT_EQ(said.size(), 1u);
    EXPECT_EQ(said.count(other), 1u);
    ask_about_groups(s, version_1);  // it was spared once
    EXPECT_EQ(reports(s).size(), 2u);
    hear_report(s, group, from);  // nothing waits
    EXPECT_TRUE(s.host().hears(group));
    ask_about_groups(s, version_1);
    EXPECT_EQ(reports(s).size(), 2u);
}

TEST(NdGroups, a_repetition_is_spared_too_but_not_the_first_word) {  // RFC 2710 §5, the diagram
    Six s(Six::by_itself());
    ask_about_groups(s, version_1);
    (void)reports(s);
    s.in_router(1800, Six::prefix_option(Six::announced, 64, 0xc0, 60, 60));
    Ipv6Address const group = s.address_in(Six::announced)->address.solicited_node();
    EXPECT_EQ(reports(s, Duration()).count(group), 1u);
    hear_report(s, group, {Six::peer_local, group, 1, Six::peer_mac});
    EXPECT_EQ(reports(s, Duration::seconds(5)).count(group), 0u);
}

TEST(NdGroups, what_may_not_be_a_report_and_any_in_version_2_spare_nothing) {  // S10, RFC 3810 §8.2.2
    Six s;
    Ipv6Address const group = Six::ours.solicited_node();
    ask_about_groups(s, version_1);
    hear_report(s, group, {Six::peer, group, 1, Six::peer_mac});
    hear_report(s, group, {{}, group, 1, Six::peer_mac});
    hear_report(s, group, {Six::peer_local, group, 2, Six::peer_mac});
    hear_report(s, group, {Six::peer_local, group, 1, Six::peer_mac}, {});
    EXPECT_EQ(s.dropped(Drop::MldForeign), 4u);
    Six::From const from{Six::peer_local, group, 1, Six::peer_mac};
    for (std::size_t length = 4; length < 20; ++length)
        s.in(0, Six::together({router_alert, Six::message(Type::ListenerReport1, Octets(length), from)}),
             from);
    EXPECT_EQ(s.dropped(Drop::MldMalformed), 16u);
    EXPECT_EQ(reports(s).size(), 2u);
    s.advance(Duration::seconds(300));
    ask_about_groups(s, version_2);
    hear_report(s, group, from);
    s.advance(Duration::seconds(1));
    unsigned groups = 0;
    while (auto const report = s.out()) groups += report->payload[15];
    EXPECT_EQ(groups, 2u);
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
