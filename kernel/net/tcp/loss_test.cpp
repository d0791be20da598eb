// SPDX-License-Identifier: MIT
//
// Losing segments: the timer, duplicate ACKs, and the congestion window.
// [rfc6298] [rfc5681] [rfc6582]
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

// A connection with `window` octets of congestion window in flight.
struct Flight {
    Script s;
    SocketId socket = s.established();
    void fill(unsigned segments) {
        s.send(socket, 1460 * segments);
        for (unsigned i = 0; i < segments; ++i) segment(i);
        s.silent();
    }
    void segment(unsigned i) {
        std::string const begin = std::to_string(1 + 1460 * i), end = std::to_string(1 + 1460 * (i + 1));
        s.out((". " + begin + ":" + end + "(1460) ack 1").c_str());
    }
    void ack(unsigned segments) { s.in((". 1:1(0) ack " + std::to_string(1 + 1460 * segments)).c_str()); }
    void more(unsigned segments) { s.send(socket, 1460 * segments); }
    std::uint32_t window() { return s.stack().tcp().information(socket).value().congestion_window; }
    Duration rto() { return s.stack().tcp().information(socket).value().retransmission_timeout; }
};

TEST(Loss, the_first_window_is_ten_segments) {  // RFC 6928
    Flight f;
    f.more(11);
    for (unsigned i = 0; i < 10; ++i) f.segment(i);
    f.s.silent();
    EXPECT_EQ(f.window(), 14'600u);
}

TEST(Loss, slow_start_opens_the_window_by_what_was_acknowledged) {
    Flight f;
    f.fill(10);
    for (unsigned i = 1; i <= 4; ++i) {
        f.ack(i);
        EXPECT_EQ(f.window(), 14'600 + 1460 * i);
    }
    f.ack(10);
    std::uint32_t const window = f.window();
    f.more(1);  // an application that sends little
    f.segment(10);
    f.ack(11);
    EXPECT_EQ(f.window(), window);
}

TEST(Loss, splitting_an_ack_gains_nothing) {  // T17, RFC 3465
    Flight f;
    f.fill(10);
    for (unsigned octet = 1; octet <= 1460; octet += 20)
        f.s.in((". 1:1(0) ack " + std::to_string(1 + octet)).c_str());
    EXPECT_LE(f.window(), 14'600u + 1460);
}

TEST(Loss, the_timer_doubles_and_everything_is_sent_again_from_the_first) {
    Flight f;
    f.fill(3);
    Duration const first = f.s.until_output();
    f.segment(0);
    f.s.silent();  // one segment: the loss window
    EXPECT_EQ(f.window(), 1460u);
    EXPECT_EQ(f.s.until_output(), first * 2);
    f.segment(0);
    f.ack(1);
    f.segment(1);
    f.segment(2);
    f.ack(3);
    f.s.advance(Duration::seconds(100));
    f.s.silent();
}

TEST(Loss, what_arrived_anyway_is_not_sent_again) {
    Flight f;
    f.fill(5);
    f.s.until_output();
    f.segment(0);
    f.ack(5);  // only the first was lost
    f.s.silent();
    f.more(1);
    f.segment(5);
}

TEST(Loss, an_ack_of_new_data_restarts_the_timer) {  // RFC 6298 §5.3
    Flight f;
    f.fill(2);
    f.s.advance(Duration::milliseconds(150));
    f.ack(1);
    Duration const rto = f.rto();
    EXPECT_EQ(f.s.until_output(), rto);
    f.segment(1);
}

TEST(Loss, a_retransmitted_segment_is_not_timed) {  // MUST-18
    Flight f;
    f.fill(1);
    f.s.until_output();
    f.segment(0);
    Duration const backed_off = f.rto();
    f.s.advance(Duration::milliseconds(1));
    f.ack(1);
    EXPECT_EQ(f.rto(), backed_off);
    f.more(1);
    f.segment(1);
    f.s.advance(Duration::milliseconds(10));
    f.ack(2);
    EXPECT_LT(f.rto(), backed_off);  // a clean sample
}

TEST(Loss, three_duplicates_send_the_missing_segment_at_once) {
    Flight f;
    f.fill(10);
    f.ack(0);
    f.ack(0);
    f.s.silent();
    f.ack(0);
    f.segment(0);
    f.s.silent();
    f.ack(10);
    f.s.silent();
    EXPECT_LE(f.window(), 7300u);  // half of what was in flight
}

TEST(Loss, the_first_two_duplicates_let_new_segments_go) {  // RFC 3042
    Flight f;
    f.more(11);
    for (unsigned i = 0; i < 10; ++i) f.segment(i);
    f.ack(0);
    f.segment(10);
    f.s.silent();
}

TEST(Loss, an_ack_with_data_or_another_window_is_no_duplicate) {
    Flight f;
    f.fill(5);
    for (unsigned i = 0; i < 5; ++i) {
        std::string const begin = std::to_string(1 + i), end = std::to_string(2 + i);
        f.s.in(("P. " + begin + ":" + end + "(1) ack 1").c_str());
    }
    for (unsigned i = 0; i < 5; ++i) f.s.in((". 6:6(0) ack 1 win " + std::to_string(60'000 - i)).c_str());
    f.s.until_output();
    f.s.out(". 7301:7301(0) ack 6");
}

TEST(Loss, a_partial_ack_repairs_the_next_hole) {  // NewReno
    Flight f;
    f.fill(10);
    for (int i = 0; i < 3; ++i) f.ack(0);
    f.segment(0);
    f.ack(4);  // 0 was repaired, 4 is missing too
    f.segment(4);
    f.s.silent();
    f.ack(7);
    f.segment(7);
    f.ack(10);
    f.s.silent();
    f.more(1);
    f.segment(10);
}

TEST(Loss, duplicates_after_a_timeout_are_no_new_loss) {  // RFC 6582 §3.2, step 2
    Flight f;
    f.fill(6);
    f.s.until_output();
    f.segment(0);
    for (int i = 0; i < 5; ++i) f.ack(0);
    f.s.discard_output();
    EXPECT_EQ(f.s.stack().tcp().information(f.socket).value().retransmissions, 1u);
}

TEST(Loss, the_window_starts_small_again_after_a_pause) {  // RFC 5681 §4.1
    Flight f;
    f.fill(10);
    for (unsigned i = 1; i <= 10; ++i) f.ack(i);
    EXPECT_GT(f.window(), 14'600u);
    f.s.advance(Duration::seconds(10));
    f.more(1);
    f.segment(10);
    EXPECT_EQ(f.window(), 14'600u);
}

TEST(Loss, a_lost_syn_ack_makes_us_begin_with_one_segment) {  // RFC 5681 §3.1, RFC 6298 §5.7
    Script s;
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.until_output();
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    SocketId const socket = s.accept(listener);
    auto const info = s.stack().tcp().information(socket).value();
    EXPECT_EQ(info.congestion_window, 1460u);
    EXPECT_EQ(info.retransmission_timeout, Duration::seconds(3));
}

TEST(Loss, the_connection_is_given_up_after_a_hundred_seconds) {  // SHLD-10, SHLD-11, MUST-20
    Flight f;
    f.fill(1);
    Instant const start = f.s.now();
    int times = 0;
    while (!f.s.stack().tcp().readiness(f.socket).failed) {
        f.s.until_output(Duration::seconds(70));
        if (f.s.stack().tcp().readiness(f.socket).failed) break;
        f.segment(0);
        ASSERT_LT(++times, 50);
    }
    EXPECT_GE(times, 3);
    EXPECT_GE(f.s.now() - start, Duration::seconds(100));
    EXPECT_EQ(f.s.stack().tcp().error(f.socket), Error::TimedOut);
    f.s.silent();
}

TEST(Loss, an_icmp_error_is_remembered_but_ends_nothing) {  // MUST-56
    Flight f;
    f.fill(1);
    f.s.in_unreachable(wire::IcmpHeader::PortUnreachable, 0, 1);
    f.s.state(f.socket, State::Established);

    // Too big: what is in flight is sent again, smaller. [rfc1191]
    f.s.in_unreachable(wire::IcmpHeader::FragmentationNeeded, 1040, 1);
    f.s.out(". 1:1001(1000) ack 1");
    f.s.out("P. 1001:1461(460) ack 1");

    // About data that is not in flight: somebody guesses. [rfc5927]
    f.s.in_unreachable(wire::IcmpHeader::FragmentationNeeded, 600, 5000);
    EXPECT_EQ(f.s.dropped(Drop::IcmpBadQuote), 1u);
    f.s.silent();
}

TEST(Loss, a_path_that_became_narrow_is_tried_anew_after_ten_minutes) {  // RFC 1191 §6.3
    Flight f;
    f.s.stack().tcp().set_no_delay(f.socket, true);  // the rest of what was cut leaves, too
    f.fill(1);
    f.s.in_unreachable(wire::IcmpHeader::FragmentationNeeded, 1040, 1);
    auto const segment_size = [&] { return f.s.stack().tcp().information(f.socket).value().segment_size; };
    EXPECT_EQ(segment_size(), 1000);
    f.s.discard_output();
    f.ack(1);
    f.s.advance(Duration::seconds(599));
    f.more(1);
    f.s.discard_output();
    EXPECT_EQ(segment_size(), 1000);
    f.ack(2);
    f.s.advance(Duration::seconds(2));
    f.more(1);
    f.segment(2);
    EXPECT_EQ(segment_size(), 1460);
    // It is as narrow as it was: ten minutes more.
    f.s.in_unreachable(wire::IcmpHeader::FragmentationNeeded, 1040, 1 + 2 * 1460);
    EXPECT_EQ(segment_size(), 1000);
    f.s.discard_output();
    f.ack(3);
    f.s.advance(Duration::seconds(599));
    f.more(1);
    f.s.discard_output();
    EXPECT_EQ(segment_size(), 1000);
    f.ack(4);
}

TEST(Loss, a_path_of_nearly_nothing_is_not_believed) {  // C5
    Flight f;
    f.fill(1);
    for (std::uint16_t mtu : {0, 1, 67, 68, 551}) {
        f.s.in_unreachable(wire::IcmpHeader::FragmentationNeeded, mtu, 1);
        f.s.discard_output();
        EXPECT_EQ(f.s.stack().tcp().information(f.socket).value().segment_size, 512);
    }
}

}  // namespace
}  // namespace net::testing
