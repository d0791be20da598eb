// SPDX-License-Identifier: MIT
//
// What SYNs offer, and what follows from it: scaled windows and time stamps. [rfc7323]
#include "kernel/net/testing/stages.hpp"

namespace net::testing {
namespace {

using tcp::State;

Config with_buffers(std::uint32_t octets) {
    Config config = Script::default_config();
    config.limits.receive_buffer = config.limits.send_buffer = octets;
    return config;
}

TEST(Options, our_syn_offers_all_and_their_answer_chooses) {
    if (!tcp::Sender::knows_sack) GTEST_SKIP() << "these halves do not offer SACK";
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0) win 16384 <mss 1460,sackOK,TS 0 ecr 0,wscale 0>");
    s.in("S. 0:0(0) ack 1 win 1000 <mss 1460,wscale 7>");
    s.out(". 1:1(0) ack 1");
    EXPECT_FALSE(s.last().timestamps);
    auto const information = s.stack().tcp().information(socket).value();
    EXPECT_EQ(information.send_window, 1000u);  // in a SYN nothing is scaled [rfc7323 §2.2]
    EXPECT_FALSE(information.timestamps);
    EXPECT_FALSE(information.sack);
    EXPECT_EQ(information.send_shift, 7u);
    s.in(". 1:1(0) ack 1 win 1000");
    EXPECT_EQ(s.stack().tcp().information(socket).value().send_window, 128'000u);
}

TEST(Options, our_answer_has_what_their_syn_had_and_no_more) {
    if (!tcp::Sender::knows_sack) GTEST_SKIP() << "these halves do not offer SACK";
    Script s;
    s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1 <mss 1460>");
    EXPECT_FALSE(s.last().timestamps);
    EXPECT_FALSE(s.last().sack_permitted);
    EXPECT_FALSE(s.last().window_scale);
    s.ports(40'001, 80);
    s.in("S 0:0(0) win 65535 <mss 1460,sackOK,TS 4711,wscale 3>");
    s.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS 0 ecr 4711,wscale 0>");
}

TEST(Options, both_sides_may_open_at_once_with_them) {
    if (!tcp::Sender::knows_sack) GTEST_SKIP() << "these halves do not offer SACK";
    Script s;
    SocketId const socket = s.connect(8080);
    s.out("S 0:0(0)");
    s.in("S 0:0(0) win 65535 <mss 1460,sackOK,TS 9,wscale 2>");
    s.out("S. 0:0(0) ack 1 <mss 1460,sackOK,TS 0 ecr 9,wscale 0>");
    s.in("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS 10,wscale 2>");
    s.state(socket, State::Established);
}

TEST(Options, what_the_configuration_does_not_want_is_not_offered) {
    Config config = Script::default_config();
    config.offers = {false, false, false};
    Script s(config);
    s.connect(8080);
    s.out("S 0:0(0) <mss 1460>");
    EXPECT_EQ(s.last().emitted_size(), 24u);
    Script t(config);
    opened(t, "mss 1460,sackOK,TS 1,wscale 7");
    EXPECT_EQ(t.last().emitted_size(), 24u);
}

TEST(Options, a_large_buffer_is_offered_in_units_of_its_scale) {
    Script s(with_buffers(256 * 1024));
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460,wscale 0>");
    s.out("S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 3>");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    s.in("P. 1:1461(1460) ack 1");
    s.in("P. 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921 win 32403");  // 262,144 less 2,920, in eights
    s.expect_read(socket, 2920);
    // More than 64 KiB may be in flight.
    for (unsigned at = 2921; at < 100'000; at += 1460) {
        std::string const begin = std::to_string(at), end = std::to_string(at + 1460);
        s.in((". " + begin + ":" + end + "(1460) ack 1").c_str());
    }
    EXPECT_EQ(s.dropped(Drop::TcpOutsideWindow), 0u);
    s.discard_output();
    s.expect_read(socket, (100'000 - 2921 + 1459) / 1460 * 1460);
}

TEST(Options, without_their_scale_ours_does_not_count) {
    Script s(with_buffers(256 * 1024));
    s.established();
    s.in("P. 1:1461(1460) ack 1");
    s.in("P. 1461:2921(1460) ack 1");
    s.out(". 1:1(0) ack 2921 win 65535");
}

TEST(Options, a_scale_beyond_14_is_14) {
    Script s;
    SocketId const socket = opened(s, "mss 1460,wscale 200");
    EXPECT_EQ(s.stack().tcp().information(socket).value().send_shift, 14u);
}

TEST(Timestamps, are_in_every_segment_once_agreed_and_take_their_room) {  // MUST-16
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.send(socket, 3000);
    s.out(". 1:1449(1448) ack 1 <TS 0 ecr 101>");
    s.out(". 1449:2897(1448) ack 1 <TS 0 ecr 101>");
    s.in(". 1:1(0) ack 2897 <TS 150>");
    s.out("P. 2897:3001(104) ack 1 <TS 0 ecr 150>");
}

TEST(Timestamps, echo_what_the_first_unacknowledged_octet_came_with) {  // RFC 7323 §4.3
    Script s;
    opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in(". 101:201(100) ack 1 <TS 120>");  // behind a hole: its clock does not count
    s.out(". 1:1(0) ack 1 <TS 0 ecr 101>");
    s.in(". 1:101(100) ack 1 <TS 110>");
    s.out(". 1:1(0) ack 201 <TS 0 ecr 110>");
    s.in("P. 201:211(10) ack 1 <TS 130>");  // a delayed ACK echoes the first of those it waits for
    s.in("P. 211:221(10) ack 1 <TS 140>");
    s.advance(Duration::milliseconds(50));
    s.out(". 1:1(0) ack 221 <TS 0 ecr 130>");
}

TEST(Timestamps, a_segment_without_them_is_dropped_but_not_a_reset) {  // RFC 7323 §3.2
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in("P. 1:11(10) ack 1");
    s.silent();
    EXPECT_EQ(s.dropped(Drop::TcpNoTimestamp), 1u);
    s.in("R 1:1(0)");
    s.state(socket, State::Closed);
}

TEST(Timestamps, an_old_one_is_told_and_dropped) {  // T15, PAWS
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in("P. 1:11(10) ack 1 <TS 50>");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.dropped(Drop::TcpOldTimestamp), 1u);
    s.expect_read(socket, 0);
    s.in("P. 1:11(10) ack 1 <TS 101>");  // the same tick is not older
    s.expect_read(socket, 10);
}

// Or one forged segment with a number in the window would make the peer's own look old.
TEST(Timestamps, of_an_ack_of_what_was_never_sent_count_for_nothing) {  // T15
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.in("P. 1:11(10) ack 9999 <TS 900000>");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.dropped(Drop::TcpBadAck), 1u);
    s.in("P. 1:11(10) ack 1 <TS 102>");
    s.expect_read(socket, 10);
}

TEST(Timestamps, the_clock_may_wrap) {  // T15
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 4294967290", ". 1:1(0) ack 1 <TS 4294967295>");
    s.in("P. 1:11(10) ack 1 <TS 5>");
    s.expect_read(socket, 10);
    s.in("P. 11:21(10) ack 1 <TS 4294967290>");
    s.expect_read(socket, 0);
    EXPECT_EQ(s.dropped(Drop::TcpOldTimestamp), 1u);
}

TEST(Timestamps, after_24_days_of_silence_any_clock_is_right) {  // T15
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    s.advance(Duration::seconds(25 * 24 * 3600));
    s.in("P. 1:11(10) ack 1 <TS 50>");
    s.expect_read(socket, 10);
}

TEST(Timestamps, time_what_was_sent_twice) {  // RFC 6298 §3
    Script s;
    SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
    auto const rtt = [&] { return s.stack().tcp().information(socket).value().smoothed_rtt; };
    Duration const before = rtt();
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    s.until_output();
    s.out("P. 1:11(10) ack 1");
    s.advance(Duration::milliseconds(100));
    s.in(". 1:1(0) ack 11 <TS 200>");  // echoes the second one
    EXPECT_EQ(rtt(), (before * 7 + Duration::milliseconds(100)) / 8);
}

TEST(Timestamps, begin_elsewhere_for_each_pair_of_ends) {  // RFC 7323 §7.1
    Script s;
    s.listen(80);
    std::set<std::uint32_t> clocks;
    for (std::uint16_t port = 1; port <= 100; ++port) {
        s.ports(port, 80);
        s.in("S 0:0(0) win 65535 <mss 1460,TS 1>");
        s.out("S. 0:0(0) ack 1");
        clocks.insert(s.last().timestamps->value >> 16);
    }
    EXPECT_GE(clocks.size(), 90u);
}

TEST(Timestamps, end_time_wait_for_a_newer_syn_whatever_its_number) {  // RFC 6191, SHLD-4, T14
    for (bool newer : {true, false}) {
        Script s;
        SocketId const socket = opened(s, "mss 1460,TS 100", ". 1:1(0) ack 1 <TS 101>");
        s.stack().tcp().close(socket);
        s.out("F. 1:1(0) ack 1");
        s.in("F. 1:1(0) ack 2 <TS 102>");
        s.out(". 2:2(0) ack 2");
        s.use_peer_isn(s.peer_isn() - 1'000'000);
        s.in(newer ? "S 0:0(0) win 65535 <mss 1460,TS 103>" : "S 0:0(0) win 65535 <mss 1460,TS 102>");
        auto const answer = s.out_frame();
        ASSERT_TRUE(answer);
        EXPECT_EQ(((*answer)[47] & wire::TcpFlags::Syn) != 0, newer);
    }
}

}  // namespace
}  // namespace net::testing
