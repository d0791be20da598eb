// SPDX-License-Identifier: MIT
//
// SYN cookies: a flood fills the backlog, and honest peers get in. [rfc4987]
#include "kernel/net/tcp/syn_cookie.hpp"

#include <set>

#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::SeqNum;
using tcp::State;
using tcp::SynCookies;

// A listener whose backlog strangers have filled.
struct Flooded {
    explicit Flooded(Config const& config = Script::default_config()) : s(config) {
        listener = s.listen(80, 4);
        for (std::uint16_t port = 1; port <= 4; ++port) {
            s.ports(port, 80);
            s.in("S 0:0(0) win 65535");
        }
        s.discard_output();
        s.ports(40'000, 80);
    }
    Statistics const& statistics() { return s.stack().statistics(); }

    Script s;
    SocketId listener;
};

TEST(SynCookie, is_sent_when_the_backlog_is_full_and_nothing_is_kept) {
    Flooded f;
    std::size_t const before = f.s.memory().used();
    f.s.in("S 0:0(0) win 65535 <mss 1460>");
    f.s.out("S. 0:0(0) ack 1 win 16384 <mss 1460>");
    EXPECT_EQ(f.s.stack().tcp().connections(), 4u);
    f.s.discard_output();
    EXPECT_EQ(f.s.memory().used(), before);
    EXPECT_EQ(f.statistics().cookies_sent, 1u);
    f.s.advance(Duration::seconds(30));
    f.s.discard_output();
    f.s.in(". 1:1(0) ack 1");
    SocketId const socket = f.s.accept(f.listener);
    f.s.state(socket, State::Established);
    EXPECT_EQ(f.s.stack().tcp().connections(), 4u);  // a stranger made room
    EXPECT_EQ(f.statistics().cookies_accepted, 1u);
    f.s.send(socket, 3000);
    f.s.out(". 1:1461(1460) ack 1");
    f.s.out(". 1461:2921(1460) ack 1");
    f.s.in(". 1:1(0) ack 2921");
    f.s.out("P. 2921:3001(80) ack 1");
    f.s.in("P. 1:101(100) ack 3001");
    f.s.expect_read(socket, 100);
}

TEST(SynCookie, data_may_come_before_the_ack_or_instead_of_it) {
    Flooded f;
    f.s.in("S 0:0(0) win 65535 <mss 1460>");
    f.s.out("S. 0:0(0) ack 1");
    f.s.in("P. 1:101(100) ack 1");
    SocketId const socket = f.s.accept(f.listener);
    f.s.expect_read(socket, 100);
}

TEST(SynCookie, options_come_back_in_the_time_stamp) {
    if (!tcp::Sender::knows_sack) GTEST_SKIP() << "these halves know neither SACK nor ECN";
    Flooded f;
    f.s.in("SEW 0:0(0) win 65535 <mss 1400,sackOK,TS 100,wscale 7>");
    f.s.out("SE. 0:0(0) ack 1 <mss 1460,sackOK,TS 0 ecr 100,wscale 0>");
    f.s.in(". 1:1(0) ack 1 win 1000 <TS 101>");
    SocketId const socket = f.s.accept(f.listener);
    auto const information = f.s.stack().tcp().information(socket).value();
    EXPECT_TRUE(information.sack);
    EXPECT_TRUE(information.timestamps);
    EXPECT_TRUE(information.ecn);
    EXPECT_EQ(information.send_shift, 7u);
    EXPECT_EQ(information.send_window, 128'000u);
    EXPECT_EQ(information.segment_size, 1360u - 12);  // the size at most as large that a cookie can say
    f.s.send(socket, 10);
    f.s.out("P. 1:11(10) ack 1 <TS 0 ecr 101>");
}

TEST(SynCookie, without_time_stamps_only_the_segment_size_comes_back) {
    Flooded f;
    f.s.in("SEW 0:0(0) win 65535 <mss 536,sackOK,wscale 7>");
    f.s.out("S. 0:0(0) ack 1");
    EXPECT_FALSE(f.s.last().sack_permitted);  // nor is it promised
    EXPECT_FALSE(f.s.last().window_scale);
    f.s.in(". 1:1(0) ack 1 win 1000");
    auto const information = f.s.stack().tcp().information(f.s.accept(f.listener)).value();
    EXPECT_FALSE(information.sack || information.timestamps || information.ecn);
    EXPECT_EQ(information.send_window, 1000u);
    EXPECT_EQ(information.segment_size, 536u);
}

TEST(SynCookie, our_clock_does_not_go_back_after_it) {  // or the peer would drop what follows (PAWS)
    for (int i = 0; i < 70; ++i) {
        Flooded f;
        f.s.advance(Duration::milliseconds(i));
        f.s.discard_output();
        f.s.in("S 0:0(0) win 65535 <mss 1400,sackOK,TS 100,wscale 14>");
        f.s.out("S. 0:0(0) ack 1");
        std::uint32_t const first = f.s.last().timestamps->value;
        f.s.in(". 1:1(0) ack 1 <TS 101>");
        f.s.send(f.s.accept(f.listener), 10);
        f.s.out("P. 1:11(10) ack 1");
        EXPECT_GE(static_cast<std::int32_t>(f.s.last().timestamps->value - first), 0);
        EXPECT_LT(f.s.last().timestamps->value - first, 64u);
    }
}

TEST(SynCookie, one_that_we_did_not_make_is_reset) {
    Flooded f;
    f.s.in("S 0:0(0) win 65535 <mss 1460>");
    f.s.out("S. 0:0(0) ack 1");
    for (unsigned wrong : {0u, 2u, 1u + (1u << 24), 1u + (1u << 27), 0x8000'0001u}) {
        f.s.in((". 1:1(0) ack " + std::to_string(wrong)).c_str());
        f.s.out(("R " + std::to_string(wrong) + ":" + std::to_string(wrong) + "(0)").c_str());
    }
    f.s.in(". 2:2(0) ack 1");  // the SYN had another number
    f.s.out("R 1:1(0)");
    EXPECT_EQ(f.statistics().cookies_accepted, 0u);
    f.s.in(". 1:1(0) ack 1");
    EXPECT_EQ(f.statistics().cookies_accepted, 1u);
}

TEST(SynCookie, is_good_for_two_minutes_and_only_after_a_flood) {
    Flooded f;
    f.s.in("S 0:0(0) win 65535 <mss 1460>");
    f.s.out("S. 0:0(0) ack 1");
    f.s.advance(Duration::seconds(129));
    f.s.discard_output();
    f.s.in(". 1:1(0) ack 1");
    f.s.out("R 1:1(0)");
}

TEST(SynCookie, when_nobody_accepts_even_a_good_one_has_to_wait) {
    Script s;
    SocketId const listener = s.listen(80, 1);
    s.ports(1, 80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    s.ports(2, 80);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");  // a cookie
    s.ports(1, 80);
    s.in(". 1:1(0) ack 1");
    s.ports(2, 80);
    s.in("P. 1:11(10) ack 1");
    s.silent();
    EXPECT_EQ(s.dropped(Drop::TcpBacklogFull), 1u);
    s.accept(listener);
    s.in("P. 1:11(10) ack 1");  // its data comes again
    s.expect_read(s.accept(listener), 10);
}

TEST(SynCookie, agrees_with_itself_for_all_sizes_and_times_and_with_nobody_else) {
    SynCookies cookies, others;
    cookies.create({1, 2});
    others.create({1, 3});
    Endpoint const local{Ipv4Address(10, 0, 2, 15), Port(80)}, remote{Ipv4Address(10, 0, 2, 2), Port(4000)};
    Endpoint const elsewhere{Ipv4Address(10, 0, 2, 2), Port(4001)};
    std::set<std::uint32_t> seen;
    for (int second : {0, 63, 64, 65, 2047, 2048, 4000, 100'000}) {
        Instant const now = Instant::from_boot(Duration::seconds(second));
        for (std::uint16_t mss : {0, 1, 64, 511, 512, 536, 1219, 1220, 1400, 1440, 1460, 8959, 8960, 65535}) {
            wire::TcpHeader syn, ack;
            syn.sequence = SeqNum(0xffff'ffff);
            syn.mss = mss;
            SeqNum const cookie = cookies.make(local, remote, syn, now);
            others.make(local, remote, syn, now);
            seen.insert(cookie.raw());
            ack.sequence = syn.sequence + 1;
            ack.acknowledgement = cookie + 1;
            auto const found = cookies.check(local, remote, ack, now + Duration::seconds(60));
            ASSERT_TRUE(found) << second << ' ' << mss;
            EXPECT_LE(*found->mss, std::max<std::uint16_t>(mss, 64));
            EXPECT_EQ(found->sequence, syn.sequence);
            EXPECT_FALSE(cookies.check(local, elsewhere, ack, now));
            EXPECT_FALSE(others.check(local, remote, ack, now));
            EXPECT_FALSE(cookies.check(local, remote, ack, now + Duration::seconds(128)));
        }
    }
    EXPECT_EQ(seen.size(), 6u * 8);  // eight sizes in six different minutes
}

TEST(SynCookie, thirty_thousand_strangers_keep_nobody_out) {  // T13
    Config config = Script::default_config();
    config.limits.connections = 64;
    Flooded f(config);
    SeededRandom random(3);
    std::size_t const before = f.s.memory().used();
    for (int i = 0; i < 30'000; ++i) {
        f.s.ports(static_cast<std::uint16_t>(1 + random.below(30'000)), 80);
        f.s.use_peer_isn(static_cast<std::uint32_t>(random.next()));
        f.s.in("S 0:0(0) win 65535 <mss 1460>");
        f.s.discard_output();
        if (i % 3'000 != 0) continue;
        f.s.ports(static_cast<std::uint16_t>(50'000 + i / 3'000), 80);
        f.s.in("S 0:0(0) win 65535 <mss 1460>");
        f.s.out("S. 0:0(0) ack 1");
        f.s.in("P. 1:11(10) ack 1");
        SocketId const socket = f.s.accept(f.listener);
        f.s.expect_read(socket, 10);
        f.s.stack().tcp().abort(socket);
        f.s.discard_output();
    }
    EXPECT_LE(f.s.memory().used(), before + 20'000);
    EXPECT_EQ(f.statistics().cookies_accepted, 10u);
    f.s.expect_alive();
}

}  // namespace
}  // namespace net::testing
