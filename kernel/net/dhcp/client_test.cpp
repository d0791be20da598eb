// SPDX-License-Identifier: MIT
//
// The DHCP client against good servers, absent ones and bad ones.
#include "kernel/net/dhcp/client.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernel/net/testing/world.hpp"

namespace net::dhcp {
namespace {

using base::Duration;
using base::Instant;
using testing::SeededRandom;
using wire::DhcpMessage;
using Type = DhcpMessage::Type;
using Octets = std::vector<std::uint8_t>;

constexpr MacAddress our_mac({0x52, 0x54, 0, 0x12, 0x34, 0x56});
constexpr Ipv4Address server(10, 0, 2, 2);
constexpr Ipv4Address offered(10, 0, 2, 15);

struct Server {
    Type type = Type::Offer;
    std::uint32_t transaction = 0;
    MacAddress client = our_mac;
    Ipv4Address address = offered;
    Octets options;

    Server& with(std::uint8_t code, Octets const& data) {
        options.push_back(code);
        options.push_back(static_cast<std::uint8_t>(data.size()));
        options.insert(options.end(), data.begin(), data.end());
        return *this;
    }
    Server& usual(std::uint8_t lease_hours = 24) {
        std::uint32_t const seconds = lease_hours * 3600u;
        Octets lease(4);
        wire::store_be32(lease.data(), seconds);
        return with(54, {10, 0, 2, 2})
            .with(1, {255, 255, 255, 0})
            .with(3, {10, 0, 2, 2})
            .with(6, {10, 0, 2, 3})
            .with(51, lease);
    }
    Octets message() const {
        Octets m(240);
        m[0] = 2;
        m[1] = 1;
        m[2] = 6;
        wire::store_be32(&m[4], transaction);
        wire::store_ipv4(&m[16], address);
        wire::store_mac(&m[28], client);
        wire::store_be32(&m[236], 0x63825363);
        m.insert(m.end(), {53, 1, static_cast<std::uint8_t>(type)});
        m.insert(m.end(), options.begin(), options.end());
        m.push_back(255);
        return m;
    }
};

struct Fixture {
    SeededRandom random{7};
    Statistics statistics;
    Client client{our_mac, random, statistics};
    Instant now = Instant::from_boot(Duration::seconds(1));
    DhcpMessage sent;
    Ipv4Address to;

    Fixture() { client.start(); }
    bool next() { return client.next_message(sent, to, now); }
    void expect(Type type, Ipv4Address destination = Ipv4Address::broadcast()) {
        ASSERT_TRUE(next());
        EXPECT_EQ(sent.type, type);
        EXPECT_EQ(to, destination);
    }
    Server reply(Type type) {
        Server s;
        s.type = type;
        s.transaction = sent.transaction;
        return s;
    }
    void in(Server const& s) { client.on_message(s.message(), now); }
    void advance_to_deadline() { now = client.deadline(); }
    void bind(std::uint8_t hours = 24) {
        expect(Type::Discover);
        in(reply(Type::Offer).usual(hours));
        expect(Type::Request);
        in(reply(Type::Ack).usual(hours));
        ASSERT_EQ(client.state(), State::Bound);
    }
};

TEST(Dhcp, gets_an_address_in_four_messages) {
    Fixture f;
    f.expect(Type::Discover);
    f.in(f.reply(Type::Offer).usual());
    f.expect(Type::Request);
    EXPECT_EQ(f.sent.requested_address, offered);
    EXPECT_EQ(f.sent.server, server);
    EXPECT_TRUE(f.sent.client_address.is_unspecified());
    f.in(f.reply(Type::Ack).usual());
    EXPECT_EQ(f.client.lease(), (Ipv4Configuration{offered, 24, server, {Ipv4Address(10, 0, 2, 3)}}));
    EXPECT_FALSE(f.next());
    EXPECT_EQ(f.client.deadline(), f.now + Duration::seconds(12 * 3600));
}

TEST(Dhcp, gives_an_address_back_that_somebody_else_has) {  // RFC 2131 §3.1, step 5
    Fixture f;
    f.bind();
    f.client.on_conflict(f.now);
    EXPECT_FALSE(f.client.lease().is_configured());
    f.expect(Type::Decline);
    EXPECT_EQ(f.sent.requested_address, offered);
    EXPECT_EQ(f.sent.server, server);
    EXPECT_TRUE(f.sent.client_address.is_unspecified());
    EXPECT_FALSE(f.next());
    EXPECT_EQ(f.client.deadline(), f.now + Duration::seconds(10));
    f.advance_to_deadline();
    f.bind();
    f.now = f.now + Duration::seconds(3);
    f.client.on_conflict(f.now);  // too late: it is ours
    EXPECT_TRUE(f.client.lease().is_configured());
    EXPECT_FALSE(f.next());
}

TEST(Dhcp, asks_again_after_4_8_16_32_64_and_64_seconds_give_or_take_one) {
    Fixture f;
    f.expect(Type::Discover);
    for (int seconds : {4, 8, 16, 32, 64, 64, 64}) {
        Duration const wait = f.client.deadline() - f.now;
        EXPECT_LE(wait, Duration::seconds(seconds + 1));
        EXPECT_GE(wait, Duration::seconds(seconds - 1));
        EXPECT_FALSE(f.next());
        f.advance_to_deadline();
        f.expect(Type::Discover);
    }
}

TEST(Dhcp, starts_over_when_the_chosen_server_does_not_answer) {
    Fixture f;
    f.expect(Type::Discover);
    std::uint32_t const first = f.sent.transaction;
    f.in(f.reply(Type::Offer).usual());
    for (int i = 0; i < 4; ++i) {
        f.expect(Type::Request);
        f.advance_to_deadline();
    }
    f.expect(Type::Discover);
    EXPECT_NE(f.sent.transaction, first);  // D10
}

TEST(Dhcp, renews_with_its_server_then_with_any_then_gives_the_address_up) {
    Fixture f;
    f.bind(8);
    Instant const bound = f.now;
    f.advance_to_deadline();
    EXPECT_EQ(f.now, bound + Duration::seconds(4 * 3600));  // T1
    f.expect(Type::Request, server);
    EXPECT_EQ(f.sent.client_address, offered);
    EXPECT_FALSE(f.sent.server);
    while (f.client.state() == State::Renewing) {
        f.advance_to_deadline();
        if (f.next() && f.client.state() == State::Renewing) {
            EXPECT_EQ(f.to, server);
        }
    }
    EXPECT_EQ(f.now, bound + Duration::seconds(7 * 3600));  // T2
    EXPECT_EQ(f.to, Ipv4Address::broadcast());
    EXPECT_TRUE(f.client.lease().is_configured());
    while (f.client.state() == State::Rebinding) {
        f.advance_to_deadline();
        f.next();
    }
    EXPECT_EQ(f.now, bound + Duration::seconds(8 * 3600));
    EXPECT_FALSE(f.client.lease().is_configured());
    EXPECT_EQ(f.sent.type, Type::Discover);
}

TEST(Dhcp, a_renewed_lease_counts_from_its_answer) {
    Fixture f;
    f.bind(8);
    f.advance_to_deadline();
    f.expect(Type::Request, server);
    f.in(f.reply(Type::Ack).usual(8));
    EXPECT_EQ(f.client.state(), State::Bound);
    EXPECT_EQ(f.client.deadline(), f.now + Duration::seconds(4 * 3600));
}

TEST(Dhcp, a_refusal_ends_the_lease_and_does_not_make_us_flood_the_server) {  // D7
    Fixture f;
    f.bind();
    f.advance_to_deadline();
    f.expect(Type::Request, server);
    f.in(f.reply(Type::Nak).with(54, {10, 0, 2, 2}));
    EXPECT_FALSE(f.client.lease().is_configured());
    EXPECT_FALSE(f.next());
    f.now = f.now + Duration::seconds(1);
    f.expect(Type::Discover);
}

TEST(Dhcp, ignores_what_is_not_for_us_or_not_expected) {  // D7, D8
    Fixture f;
    f.expect(Type::Discover);
    Server wrong = f.reply(Type::Offer).usual();
    wrong.transaction ^= 1;
    f.in(wrong);
    wrong = f.reply(Type::Offer).usual();
    wrong.client = MacAddress({2, 2, 2, 2, 2, 2});
    f.in(wrong);
    EXPECT_EQ(f.statistics.dropped(Drop::DhcpNotOurs), 2u);
    f.in(f.reply(Type::Ack).usual());
    f.in(f.reply(Type::Nak).usual());
    EXPECT_EQ(f.statistics.dropped(Drop::DhcpUnexpected), 2u);
    EXPECT_EQ(f.client.state(), State::Selecting);

    f.in(f.reply(Type::Offer).usual());
    Server second = f.reply(Type::Offer).usual();
    second.address = Ipv4Address(10, 0, 2, 77);
    f.in(second);  // the first offer wins
    f.expect(Type::Request);
    EXPECT_EQ(f.sent.requested_address, offered);
    Server other =
        f.reply(Type::Ack).with(54, {10, 0, 2, 9}).with(1, {255, 255, 255, 0}).with(51, {0, 1, 0, 0});
    f.in(other);
    EXPECT_EQ(f.client.state(), State::Requesting);
}

TEST(Dhcp, refuses_addresses_and_masks_that_cannot_be) {  // D5, D6
    for (Ipv4Address address :
         {Ipv4Address(), Ipv4Address::broadcast(), Ipv4Address(224, 0, 0, 1), Ipv4Address(127, 0, 0, 1),
          Ipv4Address(10, 0, 2, 255), Ipv4Address(10, 0, 2, 0)}) {
        Fixture f;
        f.expect(Type::Discover);
        Server s = f.reply(Type::Offer).usual();
        s.address = address;
        f.in(s);
        EXPECT_EQ(f.statistics.dropped(Drop::DhcpBadLease), 1u) << address.value();
    }
    for (Octets const& mask : {Octets{255, 0, 255, 0}, Octets{0, 0, 0, 0}, Octets{0, 255, 255, 255}}) {
        Fixture f;
        f.expect(Type::Discover);
        f.in(f.reply(Type::Offer).with(54, {10, 0, 2, 2}).with(1, mask).with(51, {0, 1, 0, 0}));
        EXPECT_EQ(f.statistics.dropped(Drop::DhcpBadLease), 1u);
    }
}

// The first three that can be, in the order of the server's preference. [rfc2132 §3.8]
TEST(Dhcp, knows_several_name_servers) {
    auto const known = [](Octets const& list) {
        Fixture f;
        auto const options = [&](Server s) {
            return s.with(6, list).with(54, {10, 0, 2, 2}).with(1, {255, 255, 255, 0}).with(51, {0, 1, 0, 0});
        };
        f.expect(Type::Discover);
        f.in(options(f.reply(Type::Offer)));
        f.expect(Type::Request);
        f.in(options(f.reply(Type::Ack)));
        return f.client.lease().name_servers;
    };
    Ipv4Address const a(10, 0, 2, 3), b(192, 0, 2, 1), c(192, 0, 2, 2);
    using NameServers = Ipv4Configuration::NameServers;
    EXPECT_EQ(known({10, 0, 2, 3}), (NameServers{a}));
    EXPECT_EQ(known({192, 0, 2, 1, 10, 0, 2, 3}), (NameServers{b, a}));
    EXPECT_EQ(known({10, 0, 2, 3, 192, 0, 2, 1, 192, 0, 2, 2, 192, 0, 2, 3}), (NameServers{a, b, c}));
    EXPECT_EQ(known({0, 0, 0, 0, 10, 0, 2, 3, 224, 0, 0, 1}), (NameServers{a})) << "nobody has the others";
    EXPECT_EQ(known({}), NameServers{});
    EXPECT_EQ(known({10, 0, 2}), NameServers{});
    EXPECT_EQ(known({10, 0, 2, 3, 10}), NameServers{}) << "cut off";
}

TEST(Dhcp, leaves_out_a_router_that_it_could_not_reach) {  // D5
    Fixture f;
    f.expect(Type::Discover);
    auto const options = [](Server s) {
        return s.with(54, {10, 0, 2, 2})
            .with(1, {255, 255, 255, 0})
            .with(3, {192, 168, 1, 1})
            .with(51, {0, 1, 0, 0})
            .with(6, {});
    };
    f.in(options(f.reply(Type::Offer)));
    f.expect(Type::Request);
    f.in(options(f.reply(Type::Ack)));
    EXPECT_EQ(f.client.lease(), (Ipv4Configuration{offered, 24, {}, {}}));
}

TEST(Dhcp, leases_of_no_time_and_of_all_time) {  // D4
    Fixture f;
    f.expect(Type::Discover);
    f.in(f.reply(Type::Offer).usual());
    f.expect(Type::Request);
    auto const base = [&] { return f.reply(Type::Ack).with(54, {10, 0, 2, 2}).with(1, {255, 255, 255, 0}); };
    f.in(base());
    f.in(base().with(51, {0, 0, 0, 0}));
    f.in(base().with(51, {0, 0, 1}));
    EXPECT_EQ(f.statistics.dropped(Drop::DhcpBadLease), 3u);
    f.in(base().with(51, {255, 255, 255, 255}));
    EXPECT_EQ(f.client.state(), State::Bound);
    EXPECT_EQ(f.client.deadline(), Instant::never());
}

TEST(Dhcp, times_in_the_wrong_order_are_replaced) {  // D4
    Fixture f;
    f.expect(Type::Discover);
    f.in(f.reply(Type::Offer).usual());
    f.expect(Type::Request);
    // T1 > T2 > lease
    f.in(f.reply(Type::Ack).usual(8).with(58, {0, 9, 0, 0}).with(59, {0, 8, 0, 0}));
    EXPECT_EQ(f.client.deadline(), f.now + Duration::seconds(4 * 3600));
}

TEST(Dhcp, a_lease_of_a_second_does_not_make_it_spin) {
    Fixture f;
    f.expect(Type::Discover);
    auto const short_lease = [](Server s) {
        return s.with(54, {10, 0, 2, 2}).with(1, {255, 255, 255, 0}).with(51, {0, 0, 0, 1});
    };
    Instant const start = f.now;
    int messages = 0;
    while (f.now < start + Duration::seconds(100)) {
        if (f.next()) {
            ++messages;
            Type const answer = f.sent.type == Type::Discover ? Type::Offer : Type::Ack;
            f.in(short_lease(f.reply(answer)));
        } else {
            ASSERT_GT(f.client.deadline(), Instant());
            if (f.now < f.client.deadline()) f.advance_to_deadline();
        }
        ASSERT_LT(messages, 10'000);
    }
}

TEST(Dhcp, overload_that_points_at_itself_ends) {  // D3
    Fixture f;
    f.expect(Type::Discover);
    Octets m = f.reply(Type::Offer).usual().with(52, {3}).message();
    m[108] = 52;  // in `file`: overload again
    m[109] = 1;
    m[110] = 3;
    m[44] = 52;  // and in `sname`
    m[45] = 1;
    m[46] = 3;
    f.client.on_message(m, f.now);
    EXPECT_EQ(f.client.state(), State::Requesting);
}

TEST(Dhcp, survives_any_octets) {
    Fixture f;
    SeededRandom random(99);
    f.expect(Type::Discover);
    for (int i = 0; i < 20'000; ++i) {
        Octets m = f.reply(static_cast<Type>(random.below(9))).usual().message();
        for (std::uint64_t n = random.below(5); n > 0; --n)
            m[random.below(m.size())] = static_cast<std::uint8_t>(random.next());
        m.resize(random.below(m.size() + 1));
        f.client.on_message(m, f.now);
        if (random.chance(10))
            f.now = f.now + Duration::seconds(static_cast<std::int64_t>(random.below(100)));
        f.next();
    }
}

}  // namespace
}  // namespace net::dhcp
