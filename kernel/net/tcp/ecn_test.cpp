// SPDX-License-Identifier: MIT
//
// Explicit congestion notification. [rfc3168]
#include "kernel/net/testing/link.hpp"
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

// A connection whose peer asked for it, with segments of 1000 octets.
struct Marked {
    Marked() {
        SocketId const listener = s.listen(80);
        s.in("SEW 0:0(0) win 65535 <mss 1000,sackOK>");
        s.out("SE. 0:0(0) ack 1 notect");
        s.in(". 1:1(0) ack 1");
        socket = s.accept(listener);
    }
    static Config config() {
        Config config = Script::default_config();
        config.congestion = CongestionLaw::Reno;
        return config;
    }
    std::uint32_t window() { return s.stack().tcp().information(socket).value().congestion_window; }

    Script s{config()};
    SocketId socket;
};

TEST(Ecn, is_used_when_the_peer_asks_and_not_else) {  // RFC 3168 §6.1.1
    Marked m;
    EXPECT_TRUE(m.s.stack().tcp().information(m.socket).value().ecn);
    struct {
        char const *asks, *answer;
    } constexpr cases[] = {{"S 0:0(0) <mss 1000>", "S. 0:0(0) ack 1"},
                           {"SE 0:0(0) <mss 1000>", "S. 0:0(0) ack 1"},
                           {"SW 0:0(0) <mss 1000>", "S. 0:0(0) ack 1"}};
    for (auto const& each : cases) {
        Script s;
        SocketId const listener = s.listen(80);
        s.in(each.asks);
        s.out(each.answer);
        s.in(". 1:1(0) ack 1");
        SocketId const socket = s.accept(listener);
        s.send(socket, 100);
        s.out(". 1:101(100) ack 1 notect");
        s.in(". 1:1001(1000) ack 101 ce");  // a mark that nobody agreed on
        s.advance(Duration::milliseconds(100));
        s.out(". 101:101(0) ack 1001");
    }
    Config config = Script::default_config();
    config.offers.ecn = TcpOffers::Ecn::Never;
    Script s(config);
    s.listen(80);
    s.in("SEW 0:0(0) win 65535 <mss 1000>");
    s.out("S. 0:0(0) ack 1");
}

TEST(Ecn, is_asked_for_if_wanted_and_not_again_when_the_syn_was_lost) {  // RFC 3168 §6.1.1.1
    Config config = Script::default_config();
    config.offers.ecn = TcpOffers::Ecn::Ask;
    {
        Script s(config);
        SocketId const socket = s.connect(7);
        s.out("SEW 0:0(0)");
        s.in("SE. 0:0(0) ack 1 win 65535 <mss 1000>");
        s.out(". 1:1(0) ack 1 notect");
        s.send(socket, 10);
        s.out(". 1:11(10) ack 1 ect0");
    }
    {
        Script s(config);
        SocketId const socket = s.connect(7);
        s.out("SEW 0:0(0)");
        s.in("SEW. 0:0(0) ack 1 win 65535 <mss 1000>");  // a peer that reflects what it does not know
        s.out(". 1:1(0) ack 1");
        s.send(socket, 10);
        s.out(". 1:11(10) ack 1 notect");
    }
    Script s(config);
    s.connect(7);
    s.out("SEW 0:0(0)");
    s.until_output();
    s.out("S 0:0(0)");
}

TEST(Ecn, only_new_data_may_be_marked) {  // RFC 3168 §6.1.4, §6.1.5
    Marked m;
    m.s.send(m.socket, 2000);
    m.s.out(". 1:1001(1000) ack 1 ect0");
    m.s.out(". 1001:2001(1000) ack 1 ect0");
    m.s.until_output();
    m.s.out(". 1001:2001(1000) ack 1 notect");  // the probe of the tail
    m.s.until_output();
    m.s.out(". 1:1001(1000) ack 1 notect");
    m.s.in(". 1:1001(1000) ack 2001");
    m.s.until_output();
    m.s.out(". 2001:2001(0) ack 1001 notect");
}

TEST(Ecn, a_question_about_a_closed_window_may_not_be_marked) {  // RFC 3168 §6.1.6
    Marked m;
    m.s.in(". 1:1(0) ack 1 win 0");
    m.s.send(m.socket, 1000);
    m.s.silent();
    m.s.until_output();
    m.s.out(". 1:2(1) ack 1 notect");
}

TEST(Ecn, a_mark_is_told_in_every_ack_until_the_peer_has_slowed_down) {  // RFC 3168 §6.1.3
    Marked m;
    m.s.in(". 1:1001(1000) ack 1 ce");
    m.s.out("E. 1:1(0) ack 1001");  // at once
    m.s.in(". 1001:2001(1000) ack 1 ect0");
    m.s.in(". 2001:3001(1000) ack 1 ect0");
    m.s.advance(Duration::milliseconds(40));
    m.s.out("E. 1:1(0) ack 3001");
    m.s.send(m.socket, 10);
    m.s.out("E. 1:11(10) ack 3001");
    m.s.in("W. 3001:3001(0) ack 11");  // without data it says nothing
    m.s.in(". 3001:4001(1000) ack 11 ect0");
    m.s.in(". 4001:5001(1000) ack 11 ect0");
    m.s.advance(Duration::milliseconds(40));
    m.s.out("E. 11:11(0) ack 5001");
    m.s.in("W. 5001:6001(1000) ack 11 ect0");
    m.s.in(". 6001:7001(1000) ack 11 ect0");
    m.s.advance(Duration::milliseconds(40));
    m.s.out(". 11:11(0) ack 7001");
    m.s.in("W. 7001:8001(1000) ack 11 ce");  // slowed down, and marked again
    m.s.out("E. 11:11(0) ack 8001");
    EXPECT_EQ(m.s.stack().statistics().congestion_marks, 2u);
}

TEST(Ecn, a_mark_on_what_does_not_fit_says_nothing) {  // RFC 3168 §6.1.5
    Marked m;
    m.s.in(". 1:1001(1000) ack 1 ect0");
    m.s.in(". 900001:900101(100) ack 1 ce");
    m.s.out(". 1:1(0) ack 1001");
    EXPECT_EQ(m.s.stack().statistics().congestion_marks, 0u);
}

TEST(Ecn, what_the_peer_tells_halves_the_window_once_a_round_trip) {  // RFC 3168 §6.1.2
    Marked m;
    ASSERT_EQ(m.window(), 10'000u);
    m.s.send(m.socket, 10'000);
    for (unsigned i = 0; i < 10; ++i)
        m.s.out((". " + std::to_string(1 + 1000 * i) + ":" + std::to_string(1001 + 1000 * i) +
                 "(1000) ack 1 ect0")
                    .c_str());
    m.s.in("E. 1:1(0) ack 2001");
    EXPECT_EQ(m.window(), 5000u);
    m.s.in("E. 1:1(0) ack 4001");
    m.s.in("E. 1:1(0) ack 8001");
    EXPECT_LT(m.window(), 6500u);  // it may grow, but does not fall twice
    EXPECT_GE(m.window(), 5000u);
    m.s.send(m.socket, 2000);
    m.s.out("W. 10001:11001(1000) ack 1 ect0");  // said once
    m.s.out(". 11001:12001(1000) ack 1 ect0");
    m.s.in("E. 1:1(0) ack 11001");  // of the next round trip
    EXPECT_LT(m.window(), 5000u);
    EXPECT_EQ(m.s.stack().statistics().retransmissions, 0u);
}

TEST(Ecn, a_mark_and_a_loss_in_one_window_are_one_event) {
    Marked m;
    m.s.send(m.socket, 10'000);
    m.s.advance(Duration::milliseconds(10));
    m.s.discard_output();
    m.s.in("E. 1:1(0) ack 1 <sack 1001:6001>");
    EXPECT_EQ(m.window(), 5000u);
    m.s.out(". 1:1001(1000) ack 1 notect");
}

// A loss that was none does not excuse what a router said meanwhile, and the peer hears that we
// have slowed down.
TEST(Ecn, a_mark_during_a_recovery_stays_when_there_was_no_loss) {
    Marked m;
    m.s.send(m.socket, 10'000);
    m.s.advance(Duration::milliseconds(10));
    m.s.discard_output();
    m.s.in(". 1:1(0) ack 1 <sack 1001:6001>");
    m.s.out(". 1:1001(1000) ack 1 notect");
    m.s.in("E. 1:1(0) ack 1 <sack 1001:7001>");
    EXPECT_EQ(m.window(), 5000u);
    m.s.in("E. 1:1(0) ack 9001");                // the first copy, late
    m.s.in("E. 1:1(0) ack 9001 <sack 1:1001>");  // and the second
    EXPECT_EQ(m.window(), 5000u);
    m.s.send(m.socket, 1000);
    m.s.out("W. 10001:11001(1000) ack 1 ect0");
}

TEST(Ecn, a_mark_after_a_recovery_is_not_taken_back_with_it) {
    Marked m;
    m.s.send(m.socket, 10'000);
    m.s.advance(Duration::milliseconds(10));
    m.s.discard_output();
    m.s.in(". 1:1(0) ack 1 <sack 1001:6001>");
    m.s.out(". 1:1001(1000) ack 1 notect");
    m.s.in(". 1:1(0) ack 10001");
    EXPECT_EQ(m.window(), 5000u);
    m.s.send(m.socket, 5000);
    m.s.discard_output();
    m.s.in("E. 1:1(0) ack 11001");
    std::uint32_t const window = m.window();
    EXPECT_LT(window, 5000u);
    m.s.in(". 1:1(0) ack 11001 <sack 1:1001>");  // it was none
    EXPECT_EQ(m.window(), window);
}

// For whatever reason the window fell. RFC 3168 §6.1.2
TEST(Ecn, after_a_loss_the_next_new_segment_says_that_we_have_slowed_down) {
    Marked m;
    m.s.send(m.socket, 10'000);
    m.s.advance(Duration::milliseconds(10));
    m.s.discard_output();
    m.s.in(". 1:1(0) ack 1 <sack 1001:6001>");
    EXPECT_EQ(m.window(), 5000u);
    m.s.out(". 1:1001(1000) ack 1 notect");  // what goes again says nothing
    m.s.in(". 1:1(0) ack 10001");
    m.s.send(m.socket, 2000);
    m.s.out("W. 10001:11001(1000) ack 1 ect0");
    m.s.out(". 11001:12001(1000) ack 1 ect0");  // said once
}

TEST(Ecn, after_duplicates_of_a_peer_without_sack_too) {
    Script s(Marked::config());
    SocketId const listener = s.listen(80);
    s.in("SEW 0:0(0) win 65535 <mss 1000>");
    s.out("SE. 0:0(0) ack 1 notect");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.send(socket, 10'000);
    s.discard_output();
    for (int i = 0; i < 3; ++i) s.in(". 1:1(0) ack 1");
    s.out(". 1:1001(1000) ack 1 notect");
    s.in(". 1:1(0) ack 10001");
    s.send(socket, 2000);
    s.out("W. 10001:11001(1000) ack 1 ect0");
    s.out(". 11001:12001(1000) ack 1 ect0");
}

TEST(Ecn, after_a_time_out_too) {
    Marked m;
    m.s.send(m.socket, 1000);
    m.s.out(". 1:1001(1000) ack 1 ect0");
    m.s.until_output();  // the probe of the tail
    m.s.out(". 1:1001(1000) ack 1 notect");
    m.s.until_output();  // and the timer
    m.s.out(". 1:1001(1000) ack 1 notect");
    EXPECT_EQ(m.window(), 1000u);
    m.s.in(". 1:1(0) ack 1001 <sack 1:1001>");
    m.s.send(m.socket, 2000);
    m.s.out("W. 1001:2001(1000) ack 1 ect0");
    m.s.out(". 2001:3001(1000) ack 1 ect0");
}

TEST(Ecn, after_a_loss_that_was_none_there_is_nothing_to_say) {
    Marked m;
    m.s.send(m.socket, 10'000);
    m.s.advance(Duration::milliseconds(10));
    m.s.discard_output();
    m.s.in(". 1:1(0) ack 1 <sack 1001:6001>");
    m.s.out(". 1:1001(1000) ack 1 notect");
    m.s.in(". 1:1(0) ack 10001");                // the first copy, late
    m.s.in(". 1:1(0) ack 10001 <sack 1:1001>");  // and the second
    EXPECT_GE(m.window(), 10'000u);
    m.s.send(m.socket, 1000);
    m.s.out(". 10001:11001(1000) ack 1 ect0");
}

// A lost SYN halves nothing, and a peer who did not agree knows no such flag.
TEST(Ecn, without_agreement_nothing_is_said_of_a_loss) {
    Script s(Marked::config());
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1000,sackOK>");
    s.out("S. 0:0(0) ack 1 notect");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.send(socket, 10'000);
    s.advance(Duration::milliseconds(10));
    s.discard_output();
    s.in(". 1:1(0) ack 1 <sack 1001:6001>");
    s.out(". 1:1001(1000) ack 1 notect");
    s.in(". 1:1(0) ack 10001");
    s.send(socket, 1000);
    s.out(". 10001:11001(1000) ack 1 notect");
}

TEST(Ecn, over_a_router_that_marks_nothing_is_sent_twice) {
    LinkFaults faults;
    faults.mark_percent = 2;
    Config config;
    config.offers.ecn = TcpOffers::Ecn::Ask;
    Pair pair(1, faults, config);
    auto const listener = pair.tcp(1).listen(Endpoint{IpAddress(), Port(80)});
    Peer client{&pair.tcp(0), pair.tcp(0).connect(Endpoint{Pair::address(1), Port(80)}).value(), 500'000};
    Peer server{&pair.tcp(1), SocketId(), 500'000};
    while (!client.done() || !server.done()) {
        client.work();
        if (auto const accepted = pair.tcp(1).accept(listener.value()); accepted.ok())
            server.socket = accepted.value();
        if (server.socket) server.work();
        ASSERT_TRUE(pair.step());
    }
    EXPECT_GT(pair.stack(1).statistics().congestion_marks, 0u);
    EXPECT_GT(pair.stack(0).statistics().congestion_marks, 0u);
    EXPECT_EQ(pair.stack(0).statistics().retransmissions, 0u);
    EXPECT_EQ(pair.stack(1).statistics().retransmissions, 0u);
    pair.tcp(0).close(client.socket);
    pair.tcp(1).close(server.socket);
}

}  // namespace
}  // namespace net::testing
