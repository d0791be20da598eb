// SPDX-License-Identifier: MIT
//
// Urgent data: where it ends, told from both sides. It is read in line. T is of the list of
// hostile input. [rfc9293 §3.8.5] [rfc6093]
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

TEST(Urgent, the_end_of_urgent_data_is_told_and_how_much_is_left) {  // MUST-30 to MUST-33, MUST-62
    Script s;
    SocketId const socket = s.established();
    while (s.stack().next_ready()) {
    }
    auto const left = [&] { return s.stack().tcp().information(socket).value().urgent; };
    s.in("PU. 1:11(10) ack 1 win 1000 urg 5");
    EXPECT_TRUE(s.stack().tcp().readiness(socket).urgent);
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_EQ(left(), 5u);
    s.expect_read(socket, 3);
    EXPECT_EQ(left(), 2u);
    s.expect_read(socket, 7);
    EXPECT_EQ(left(), 0u);
    EXPECT_FALSE(s.stack().tcp().readiness(socket).urgent);
}

TEST(Urgent, a_pointer_ahead_of_its_data_is_told_before_the_data_comes) {  // MUST-32
    Script s;
    SocketId const socket = s.established();
    while (s.stack().next_ready()) {
    }
    s.in("U. 1:1(0) ack 1 win 1000 urg 100");
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_EQ(s.stack().tcp().information(socket).value().urgent, 100u);
    s.in("U. 1:1(0) ack 1 win 1000 urg 50");  // it does not move back
    EXPECT_FALSE(s.stack().next_ready());
    s.in("U. 1:1(0) ack 1 win 1000 urg 60000");
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_EQ(s.stack().tcp().information(socket).value().urgent, 60'000u);
    s.in("P. 1:101(100) ack 1");
    s.expect_read(socket, 100);
    EXPECT_EQ(s.stack().tcp().information(socket).value().urgent, 59'900u);
    s.expect_read(socket, 0);  // it never waits for what the pointer promised
}

// The pointer of a segment that comes again points at what was read long ago.
TEST(Urgent, a_pointer_at_what_was_read_is_none) {  // T5, CVE-2019-12260
    Script s;
    SocketId const socket = s.established();
    s.in("PU. 1:11(10) ack 1 win 1000 urg 5");
    s.expect_read(socket, 10);
    s.until_output();
    s.discard_output();
    while (s.stack().next_ready()) {
    }
    for (char const* again : {"PU. 1:11(10) ack 1 win 1000 urg 5", "U. 1:1(0) ack 1 win 1000 urg 0",
                              "U. 11:11(0) ack 1 win 1000 urg 0", "PU. 1:6(5) ack 1 win 1000 urg 10"}) {
        SCOPED_TRACE(again);
        s.in(again);
        EXPECT_EQ(s.stack().tcp().information(socket).value().urgent, 0u);
        EXPECT_FALSE(s.stack().tcp().readiness(socket).urgent);
        EXPECT_FALSE(s.stack().next_ready());
        s.expect_read(socket, 0);
    }
    s.in("P. 11:21(10) ack 1");
    s.expect_read(socket, 10);
    s.expect_alive();
}

TEST(Urgent, a_pointer_on_a_syn_promises_nothing) {  // T5, CVE-2019-12261
    Script s;
    SocketId const listener = s.listen(80);
    s.in("SU 0:0(0) win 65535 urg 100");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    SocketId socket = s.accept(listener);
    EXPECT_EQ(s.stack().tcp().information(socket).value().urgent, 0u);
    socket = s.connect(7);  // and of both at once
    s.out("S 0:0(0)");
    s.in("SU 0:0(0) win 65535 urg 65535");
    s.out("S. 0:0(0) ack 1");
    s.in("S. 0:0(0) ack 1 win 65535");
    s.state(socket, State::Established);
    EXPECT_EQ(s.stack().tcp().information(socket).value().urgent, 0u);
    s.in("P. 1:11(10) ack 1");
    std::uint8_t bytes[20];
    EXPECT_EQ(s.stack().tcp().receive(socket, bytes).value(), 10u);
}

// It counts from the sequence number, which is the SYN's. [rfc9293 §3.1, §3.10.7.3, §3.10.7.4]
TEST(Urgent, a_pointer_beside_the_syn_of_an_opening_counts_the_syn) {  // MUST-62
    Script s;
    SocketId socket = s.connect(7);
    auto const left = [&] { return s.stack().tcp().information(socket).value().urgent; };
    s.out("S 0:0(0)");
    s.in("S 0:0(0) win 65535");  // both open at once
    s.out("S. 0:0(0) ack 1");
    s.in("SU. 0:0(0) ack 1 win 65535 urg 6");
    s.state(socket, State::Established);
    EXPECT_EQ(left(), 5u);
    EXPECT_TRUE(s.stack().tcp().readiness(socket).urgent);
    s.out(". 1:1(0) ack 1");
    s.in("P. 1:11(10) ack 1");
    std::uint8_t bytes[5];
    EXPECT_EQ(s.stack().tcp().receive(socket, bytes).value(), 5u);
    EXPECT_EQ(left(), 0u);
    s.until_output();
    s.discard_output();

    struct Case {
        char const* syn;
        unsigned left;
    };
    for (Case const& c :
         {Case{"SU. 0:0(0) ack 1 win 65535 urg 6", 5}, Case{"SU. 0:0(0) ack 1 win 65535 urg 1", 0},
          Case{"SU. 0:0(0) ack 1 win 65535 urg 0", 0}}) {
        SCOPED_TRACE(c.syn);
        socket = s.connect(7);  // only we open
        s.out("S 0:0(0)");
        s.in(c.syn);
        s.out(". 1:1(0) ack 1");
        s.state(socket, State::Established);
        EXPECT_EQ(left(), c.left);
        EXPECT_EQ(s.stack().tcp().readiness(socket).urgent, c.left > 0);
    }
}

TEST(Urgent, is_heard_while_our_window_is_closed) {  // MUST-66
    Script s;
    SocketId const socket = s.established();
    for (unsigned at = 1; at < 16 * 1024; at += 1024) {
        std::string const begin = std::to_string(at), end = std::to_string(at + 1024);
        s.in((". " + begin + ":" + end + "(1024) ack 1").c_str());
    }
    s.discard_output();
    s.in("U. 16385:16385(0) ack 1 win 1000 urg 10");
    EXPECT_EQ(s.stack().tcp().information(socket).value().urgent, 16'394u);
}

TEST(Urgent, what_we_send_points_behind_it_until_it_is_acknowledged) {  // MUST-30, MUST-31, MUST-62
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    ASSERT_TRUE(s.stack().tcp().send_urgent(socket, stream(10, 5)).ok());
    s.in(". 1:1(0) ack 11");
    s.out("PU. 11:16(5) ack 1 urg 5");
    s.in(". 1:1(0) ack 16");
    ASSERT_TRUE(s.stack().tcp().send(socket, stream(15, 10)).ok());
    s.out("P. 16:26(10) ack 1");
}

TEST(Urgent, is_told_while_their_window_is_closed) {  // MUST-31
    Script s;
    SocketId const socket = s.established(0);
    ASSERT_TRUE(s.stack().tcp().send_urgent(socket, stream(0, 5)).ok());
    s.out("U. 1:1(0) ack 1 urg 5");
    s.silent();
    s.in(". 1:1(0) ack 1 win 1000");
    s.out("PU. 1:6(5) ack 1 urg 5");
}

TEST(Urgent, is_told_while_nagle_keeps_the_data) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    ASSERT_TRUE(s.stack().tcp().send_urgent(socket, stream(10, 5)).ok());
    s.out("U. 11:11(0) ack 1 urg 5");
    s.in(". 1:1(0) ack 11");
    s.out("PU. 11:16(5) ack 1 urg 5");
}

// The pointer counts from where its segment begins, and a device copies it as it is.
TEST(Urgent, data_is_not_left_to_a_device_to_cut) {
    Config config = Script::default_config();
    config.offloads.tx_tcp4_segments = true;
    Script s(config);
    SocketId const socket = s.established();
    ASSERT_EQ(s.stack().tcp().send_urgent(socket, stream(0, 5000)).value(), 5000u);
    s.out("U. 1:1461(1460) ack 1 urg 5000");
    s.out("U. 1461:2921(1460) ack 1 urg 3540");
    s.out("U. 2921:4381(1460) ack 1 urg 2080");
    s.in(". 1:1(0) ack 4381");
    s.out("PU. 4381:5001(620) ack 1 urg 620");
    s.in(". 1:1(0) ack 5001");
    if (!tcp::Sender::knows_bursts) return;
    ASSERT_EQ(s.stack().tcp().send(socket, stream(5000, 10'000)).value(), 10'000u);
    s.out("P. 5001:15001(10000) ack 1");
}

}  // namespace
}  // namespace net::testing
