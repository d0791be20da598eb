// SPDX-License-Identifier: MIT
//
// Segments that were only late: the window falls, and comes back at once when that is known.
// [rfc3522] [rfc3708] [rfc9438 §4.9]
#include "kernel/net/tcp/spurious.hpp"

#include "kernel/net/tcp/cubic.hpp"
#include "kernel/net/tcp/reno.hpp"
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::SpuriousLoss;

Instant at(int milliseconds) { return Instant::from_boot(Duration::milliseconds(milliseconds)); }

// ---- by itself ----

TEST(SpuriousLoss, an_echo_from_before_the_second_copy_answers_the_first) {  // RFC 3522 §3.2
    auto const judged = [](int echoed_ms, int now_ms = 300) {
        SpuriousLoss loss;
        loss.begin();
        loss.on_sent_again({1, 1001}, at(200));
        EXPECT_TRUE(loss.awaits_echo());
        bool const result = loss.on_acknowledged(Duration::milliseconds(echoed_ms), at(now_ms));
        EXPECT_FALSE(loss.awaits_echo()) << "one ACK decides";
        EXPECT_FALSE(loss.on_acknowledged(Duration::milliseconds(250), at(300)));
        return result;
    };
    EXPECT_TRUE(judged(150));
    EXPECT_TRUE(judged(102));
    EXPECT_FALSE(judged(101)) << "the clock of time stamps is no finer";
    EXPECT_FALSE(judged(100));
    EXPECT_FALSE(judged(50));
    EXPECT_FALSE(judged(0)) << "there are no time stamps";
}

TEST(SpuriousLoss, every_second_copy_was_one_too_many) {  // RFC 3708 §2
    SpuriousLoss loss;
    EXPECT_FALSE(loss.on_duplicate({1, 1001})) << "nothing was sent again";
    loss.on_sent_again({1, 1001}, at(199));
    EXPECT_FALSE(loss.on_duplicate({1, 1001})) << "but the window did not fall";
    loss.begin();
    EXPECT_FALSE(loss.on_duplicate({1, 1001})) << "that was before";
    loss.on_sent_again({5001, 6001}, at(200));
    loss.on_sent_again({1001, 2001}, at(201));
    EXPECT_FALSE(loss.on_duplicate({1001, 2001})) << "the other one may have been needed";
    EXPECT_FALSE(loss.on_duplicate({1, 1001})) << "that was sent once";
    EXPECT_FALSE(loss.on_duplicate({6001, 7001})) << "and that";
    EXPECT_TRUE(loss.on_duplicate({5001, 6001}));
    EXPECT_FALSE(loss.on_duplicate({5001, 6001})) << "said already";
}

TEST(SpuriousLoss, is_not_taken_back_where_there_was_congestion_all_the_same) {
    SpuriousLoss loss;
    loss.begin();
    loss.on_sent_again({1001, 2001}, at(200));
    loss.end();
    loss.on_sent_again({1001, 2001}, at(201));
    EXPECT_FALSE(loss.awaits_echo());
    EXPECT_FALSE(loss.on_duplicate({1001, 2001}));
}

// ---- the laws ----

// Both go the same way after it, as if nothing had been; Reno's counts the octets towards its
// next segment anew.
template <class Law>
void expect_undone(bool by_timeout, std::uint32_t difference) {
    Law law, other;
    tcp::Position una = 1;
    auto const round = [&](tcp::CongestionControl& each, int now_ms) {
        each.on_acknowledged({2000, una, una + each.window(), Duration::milliseconds(50),
                              Duration::milliseconds(50), at(now_ms)});
    };
    for (tcp::CongestionControl* each :
         {static_cast<tcp::CongestionControl*>(&law), static_cast<tcp::CongestionControl*>(&other)}) {
        each->start(1000);
        each->on_loss(40'000);  // one that was one
        for (int i = 0; i < 100; ++i) round(*each, 1000 + 10 * i);
    }
    std::uint32_t const window = law.window(), threshold = law.threshold();
    if (by_timeout) {
        law.on_timeout(window, false);
        law.on_timeout(window, true);
    } else {
        law.on_loss(window);
    }
    EXPECT_LT(law.window(), window);
    law.undo();
    EXPECT_EQ(law.window(), window);
    EXPECT_EQ(law.threshold(), threshold);
    for (int i = 0; i < 300; ++i) {
        round(law, 2000 + 10 * i);
        round(other, 2000 + 10 * i);
        ASSERT_LE(law.window(), other.window()) << i;
        ASSERT_LE(other.window() - law.window(), difference) << i;
    }
    EXPECT_GT(law.window(), window);
    std::uint32_t const more = law.window();
    law.undo();
    EXPECT_EQ(law.window(), more) << "there is more by now";
}

TEST(SpuriousLoss, leaves_no_trace_in_the_window) {
    for (bool const by_timeout : {false, true}) {
        expect_undone<tcp::Reno>(by_timeout, 1000);
        expect_undone<tcp::Cubic>(by_timeout, 0);
    }
}

// ---- a connection ----

// A round trip of 100 ms and segments of 1000 octets; ten of them are out.
struct Late {
    explicit Late(bool has_timestamps) : stamps(has_timestamps), s(config()) {
        SocketId const listener = s.listen(80);
        s.in(stamps ? "S 0:0(0) win 65535 <mss 1012,sackOK,TS 1 ecr 0>"
                    : "S 0:0(0) win 65535 <mss 1000,sackOK>");
        s.out("S. 0:0(0) ack 1");
        s.advance(Duration::milliseconds(100));
        ack(0);
        socket = s.accept(listener);
        s.send(socket, 10'000);
        for (unsigned i = 0; i < 10; ++i) out(i);
    }
    static Config config() {
        Config config = Script::default_config();
        config.limits.send_buffer = 64 * 1024;
        config.congestion = CongestionLaw::Reno;  // whose windows are easily told
        return config;
    }
    void out(unsigned segment) {
        unsigned const begin = 1 + 1000 * segment;
        s.out((". " + std::to_string(begin) + ":" + std::to_string(begin + 1000) + "(1000) ack 1").c_str());
    }
    // `block`: segments, the first included. `age`: of the echoed stamp, before our last one's.
    void ack(unsigned next, std::string const& block = "", unsigned age = 0) {
        std::string options;
        if (stamps) options = "TS 1 ecr " + std::to_string(age);
        if (!block.empty()) options += (options.empty() ? "sack " : ",sack ") + block;
        s.in((". 1:1(0) ack " + std::to_string(1 + 1000 * next) +
              (options.empty() ? "" : " <" + options + ">"))
                 .c_str());
    }
    void pass(int milliseconds) { s.advance(Duration::milliseconds(milliseconds)); }
    tcp::Information information() { return s.stack().tcp().information(socket).value(); }

    bool const stamps;
    Script s;
    SocketId socket;
};

TEST(SpuriousLoss, is_taken_back_when_the_peer_got_the_segment_twice) {
    Late f(false);
    std::uint32_t const window = f.information().congestion_window;
    f.pass(100);
    f.ack(0, "1001:4001");
    f.out(0);
    EXPECT_LT(f.information().congestion_window, window);
    f.pass(1);
    f.ack(4);  // it was late
    EXPECT_LT(f.information().congestion_window, window) << "or the second copy was fast";
    f.pass(99);
    f.ack(4, "1:1001");
    EXPECT_GE(f.information().congestion_window, window);
    EXPECT_FALSE(f.information().recovering);
    EXPECT_EQ(f.information().retransmissions, 1u);
}

TEST(SpuriousLoss, of_one_segment_does_not_excuse_the_other) {
    Late f(false);
    std::uint32_t const window = f.information().congestion_window;
    f.pass(100);
    f.ack(0, "1001:2001,sack 3001:6001");
    f.out(0);
    f.ack(0, "3001:8001,sack 1001:2001");
    f.out(2);
    f.pass(1);
    f.ack(2, "3001:8001");
    f.pass(99);
    f.ack(8, "1:1001");
    EXPECT_LT(f.information().congestion_window, window);
}

TEST(SpuriousLoss, a_copy_that_the_network_made_proves_nothing) {
    Late f(false);
    std::uint32_t const window = f.information().congestion_window;
    f.pass(100);
    f.ack(0, "1001:4001");
    f.out(0);
    f.pass(1);
    f.ack(4);
    f.pass(99);
    f.ack(6, "4001:5001");  // which left once
    EXPECT_LT(f.information().congestion_window, window);
    f.ack(6, "1:1001");
    EXPECT_GE(f.information().congestion_window, window) << "and disproves nothing";
}

TEST(SpuriousLoss, is_taken_back_by_a_time_stamp_before_more_is_sent_again) {
    Late f(true);
    std::uint32_t const window = f.information().congestion_window;
    f.s.until_output();
    f.out(9);  // the probe of the tail
    f.s.until_output();
    f.out(0);  // the timer: all of them are late
    EXPECT_EQ(f.information().congestion_window, 1000u);
    f.pass(5);
    f.ack(1, "", 200);  // an answer to what left 200 ms before the second copy
    f.s.silent();
    EXPECT_GE(f.information().congestion_window, window);
    f.ack(10, "", 200);
    f.s.silent();
    EXPECT_EQ(f.information().retransmissions, 2u);
}

TEST(SpuriousLoss, a_time_stamp_of_the_second_copy_says_that_it_was_needed) {
    Late f(true);
    f.s.until_output();
    f.out(9);
    f.s.until_output();
    f.out(0);
    f.pass(100);
    f.ack(1, "", 0);
    f.out(1);
    f.out(2);
    EXPECT_EQ(f.information().congestion_window, 2000u);
}

TEST(SpuriousLoss, what_is_lost_all_the_same_is_found) {
    Late f(true);
    std::uint32_t const window = f.information().congestion_window;
    f.pass(100);
    f.ack(0, "1001:4001", 0);
    f.out(0);
    f.pass(5);
    f.ack(4, "", 5);  // the first copy, late
    EXPECT_GE(f.information().congestion_window, window);
    f.pass(95);
    f.ack(4, "5001:10001", 5);
    f.s.until_output();
    EXPECT_EQ(f.information().retransmissions, 2u);
    EXPECT_LT(f.information().congestion_window, window);
}

}  // namespace
}  // namespace net::testing
