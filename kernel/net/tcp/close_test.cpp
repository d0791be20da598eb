// SPDX-License-Identifier: MIT
//
// Ending connections: in order, half, at once, and by force. [rfc9293 §3.6, §3.10.7.4]
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using tcp::State;

TEST(Close, the_peer_closes_first) {
    Script s;
    SocketId const socket = s.established();
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 2");
    s.state(socket, State::CloseWait);
    s.expect_end(socket);
    s.send(socket, 10);  // the other half stays open
    s.out("P. 1:11(10) ack 2");
    s.in(". 2:2(0) ack 11");
    s.stack().tcp().close(socket);
    s.out("F. 11:11(0) ack 2");
    EXPECT_EQ(s.stack().tcp().connections(), 1u);
    s.in(". 2:2(0) ack 12");
    s.silent();
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Close, we_close_first_and_wait) {  // MUST-13
    Script s;
    SocketId const socket = s.established();
    ASSERT_TRUE(s.stack().tcp().shutdown(socket).ok());
    s.out("F. 1:1(0) ack 1");
    s.state(socket, State::FinWait1);
    s.in(". 1:1(0) ack 2");
    s.state(socket, State::FinWait2);
    s.in("P. 1:11(10) ack 2");  // the other half is open
    s.expect_read(socket, 10);
    s.in("F. 11:11(0) ack 2");
    s.out(". 2:2(0) ack 12");
    s.state(socket, State::TimeWait);
    s.expect_end(socket);
    s.stack().tcp().close(socket);
    s.advance(Duration::seconds(59));
    EXPECT_EQ(s.stack().tcp().connections(), 1u);
    s.advance(Duration::seconds(1));
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    s.silent();
}

TEST(Close, data_and_fin_leave_together) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 100);
    s.stack().tcp().close(socket);
    s.out("FP. 1:101(100) ack 1");
    s.in("F. 1:1(0) ack 102");
    s.out(". 102:102(0) ack 2");
    s.silent();
}

TEST(Close, both_close_at_once) {
    Script s;
    SocketId const socket = s.established();
    ASSERT_TRUE(s.stack().tcp().shutdown(socket).ok());
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 1");
    s.out(". 2:2(0) ack 2");
    s.state(socket, State::Closing);
    s.in(". 2:2(0) ack 2");
    s.state(socket, State::TimeWait);
    s.silent();
}

// A peer that has sent its FIN may repeat it with every ACK, as slirp does. What was
// under way before our ACK of the FIN is not old news.
TEST(Close, a_peer_that_repeats_its_fin_is_sent_the_rest) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 1460 * 10 + 1020);
    s.discard_output();
    s.in("PF. 1:1021(1020) ack 1");
    for (int i = 1; i <= 10; ++i) s.in(("F. 1021:1021(0) ack " + std::to_string(1 + 1460 * i)).c_str());
    s.out("P. 14601:15621(1020) ack 1022");
    s.silent();
}

// A FIN where other data already came, before our ACK of that data: it ends nothing.
TEST(Close, a_fin_among_what_was_received_is_not_the_end) {
    Script s;
    SocketId const socket = s.established();
    s.in(". 1:101(100) ack 1");
    s.in("F. 1:1(0) ack 1");
    s.out(". 1:1(0) ack 101");
    s.state(socket, State::Established);
    s.in("F. 101:101(0) ack 1");
    s.out(". 1:1(0) ack 102");
    s.state(socket, State::CloseWait);
}

TEST(Close, a_fin_that_is_lost_is_sent_again) {
    Script s;
    SocketId const socket = s.established();
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.until_output();
    s.out("F. 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    s.silent();
}

TEST(Close, a_fin_that_comes_again_is_acknowledged_again_and_the_wait_restarts) {
    Script s;
    SocketId const socket = s.established();
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.advance(Duration::seconds(50));
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.advance(Duration::seconds(50));
    EXPECT_EQ(s.stack().tcp().connections(), 1u);
    s.advance(Duration::seconds(10));
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Close, a_fin_before_its_data_waits_for_it) {
    Script s;
    SocketId const socket = s.established();
    s.in("F. 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1");
    s.state(socket, State::Established);
    s.in(". 1:101(100) ack 1");
    s.out(". 1:1(0) ack 202");
    s.state(socket, State::CloseWait);
    s.expect_read(socket, 200);
    s.expect_end(socket);
}

TEST(Close, data_beyond_the_fin_is_not_believed) {  // T7
    Script s;
    SocketId const socket = s.established();
    s.in("F. 101:201(100) ack 1");
    s.out(". 1:1(0) ack 1");
    s.in("F. 101:301(200) ack 1");  // another end
    s.out(". 1:1(0) ack 1");
    s.in(". 201:251(50) ack 1");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(s.dropped(Drop::TcpBeyondFin), 2u);
    s.in(". 1:101(100) ack 1");
    s.out(". 1:1(0) ack 202");
    s.in("P. 202:212(10) ack 1");
    s.out(". 1:1(0) ack 202");
    s.expect_read(socket, 200);
    s.expect_end(socket);
}

TEST(Close, closing_with_unread_data_resets) {  // SHLD-3
    Script s;
    SocketId const socket = s.established();
    s.in("P. 1:11(10) ack 1");
    s.stack().tcp().close(socket);
    s.out("R. 1:1(0) ack 11");
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    s.silent();
}

TEST(Close, data_after_closing_resets) {  // SHLD-3
    Script s;
    SocketId const socket = s.established();
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.in("P. 1:11(10) ack 2");
    s.out("R. 2:2(0) ack 1");
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    EXPECT_EQ(s.dropped(Drop::TcpClosedReceiver), 1u);
}

TEST(Close, abort_resets) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 10);
    s.out("P. 1:11(10) ack 1");
    s.stack().tcp().abort(socket);
    s.out("R. 11:11(0) ack 1");
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    EXPECT_EQ(s.stack().tcp().send(socket, Bytes()).error(), Error::InvalidSocket);
}

void linger(Script& s, SocketId socket, Duration time) {
    tcp::Settings settings;
    settings.linger = time;
    s.stack().tcp().configure(socket, settings);
    s.stack().tcp().close(socket);
}

TEST(Close, who_does_not_linger_resets) {
    Script s;
    SocketId const socket = s.established();
    linger(s, socket, Duration());
    s.out("R. 1:1(0) ack 1");
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Close, who_lingers_resets_when_his_time_is_over) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 1000);
    s.out(". 1:1001(1000) ack 1");
    linger(s, socket, Duration::milliseconds(150));
    s.out("F. 1001:1001(0) ack 1");
    s.advance(Duration::milliseconds(149));
    s.silent();
    s.advance(Duration::milliseconds(1));
    s.out("R. 1002:1002(0) ack 1");
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Close, who_lingers_and_is_answered_in_time_closes_as_everybody) {
    Script s;
    SocketId const socket = s.established();
    s.send(socket, 1000);
    s.out(". 1:1001(1000) ack 1");
    linger(s, socket, Duration::seconds(5));
    s.out("F. 1001:1001(0) ack 1");
    s.in(". 1:1(0) ack 1002");
    s.advance(Duration::seconds(20));
    s.in("F. 1:1(0) ack 1002");
    s.out(". 1002:1002(0) ack 2");
    s.advance(Duration::seconds(59));
    EXPECT_EQ(s.stack().tcp().connections(), 1u);  // TIME-WAIT, as ever
    s.advance(Duration::seconds(1));
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
    s.silent();
}

TEST(Close, an_orphan_whose_peer_never_closes_is_given_up) {
    Script s;
    SocketId const socket = s.established();
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    s.advance(Duration::seconds(61));
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Close, a_half_closed_connection_with_an_owner_may_stay_for_hours) {
    Script s;
    SocketId const socket = s.established();
    ASSERT_TRUE(s.stack().tcp().shutdown(socket).ok());
    s.out("F. 1:1(0) ack 1");
    s.in(". 1:1(0) ack 2");
    s.advance(Duration::seconds(5 * 3600));
    s.state(socket, State::FinWait2);
    s.in("P. 1:11(10) ack 2");
    s.expect_read(socket, 10);
    EXPECT_EQ(s.stack().tcp().send(socket, Frame(1)).error(), Error::Shutdown);
}

TEST(Close, what_came_before_the_end_can_still_be_read_after_a_reset) {
    Script s;
    SocketId const socket = s.established();
    s.in("P. 1:11(10) ack 1");
    s.in("R 11:11(0)");
    s.expect_read(socket, 10);
    std::uint8_t byte = 0;
    EXPECT_EQ(s.stack().tcp().receive(socket, MutableBytes(&byte, 1)).error(), Error::ConnectionReset);
    EXPECT_EQ(s.stack().tcp().error(socket), Error::ConnectionReset);  // MUST-12
    s.stack().tcp().close(socket);
    s.silent();
}

// Who has read less than there was room for asks no more until there is news.
TEST(Close, an_end_that_came_with_the_last_data_is_told_of_after_it_was_read) {
    Script s;
    SocketId const socket = s.established();
    while (s.stack().next_ready()) continue;
    s.in("FP. 1:11(10) ack 1");
    s.out(". 1:1(0) ack 12");
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_FALSE(s.stack().next_ready());
    std::uint8_t room[64];
    EXPECT_EQ(s.stack().tcp().receive(socket, room).value(), 10u);
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_EQ(s.stack().tcp().receive(socket, room).value(), 0u);
    EXPECT_FALSE(s.stack().next_ready());
}

TEST(Close, a_reset_that_came_after_data_is_told_of_after_it_was_read) {
    Script s;
    SocketId const socket = s.established();
    while (s.stack().next_ready()) continue;
    s.in("P. 1:11(10) ack 1");
    s.in("R 11:11(0)");
    EXPECT_EQ(s.stack().next_ready(), socket);
    std::uint8_t room[64];
    EXPECT_EQ(s.stack().tcp().receive(socket, room).value(), 10u);
    EXPECT_EQ(s.stack().next_ready(), socket);
    EXPECT_EQ(s.stack().tcp().receive(socket, room).error(), Error::ConnectionReset);
}

TEST(Close, a_new_syn_ends_time_wait_if_it_is_beyond_the_old_connection) {  // MAY-2, T14
    Script s;
    SocketId const socket = s.established();
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    std::uint32_t const old = s.our_isn();
    s.in("S 0:0(0) win 65535");  // an old duplicate
    s.out(". 2:2(0) ack 2");
    s.use_peer_isn(s.peer_isn() + 100);
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
    EXPECT_LT(static_cast<std::int32_t>(old - s.our_isn()), 0);
    s.in(". 1:1(0) ack 1");
    s.silent();
}

// A connection with time stamps, the peer's last one 100, that we closed first.
SocketId waiting_with_time_stamps(Script& s) {
    SocketId const listener = s.listen(80);
    s.in("S 0:0(0) win 65535 <mss 1460,TS 98>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1 <TS 99>");
    SocketId const socket = s.accept(listener);
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2 <TS 100>");
    s.out(". 2:2(0) ack 2");
    return listener;
}

TEST(Close, a_new_syn_with_a_newer_time_stamp_ends_time_wait_whatever_its_number) {  // SHLD-4, RFC 6191 §2
    Script s;
    waiting_with_time_stamps(s);
    std::uint32_t const old = s.our_isn();
    s.use_peer_isn(s.peer_isn() - 1'000'000);
    s.in("S 0:0(0) win 65535 <mss 1460,TS 101>");
    s.out("S. 0:0(0) ack 1 <mss 1460,TS 0 ecr 101>");
    EXPECT_LT(static_cast<std::int32_t>(old - s.our_isn()), 0);
    s.in(". 1:1(0) ack 1 <TS 102>");
    s.silent();
    EXPECT_EQ(s.stack().tcp().connections(), 1u);
}

TEST(Close, a_new_syn_with_an_older_time_stamp_does_not_whatever_its_number) {  // RFC 6191 §2
    Script s;
    waiting_with_time_stamps(s);
    std::uint32_t const first = s.peer_isn();
    auto const now_counting_from = [&](std::uint32_t isn) { s.use_peer_isn(isn); };
    now_counting_from(first + 1'000'000);
    s.in("S 0:0(0) win 65535 <mss 1460,TS 99>");
    now_counting_from(first);
    s.out(". 2:2(0) ack 2");
    // As old as the last one: its number decides.
    now_counting_from(first - 1'000'000);
    s.in("S 0:0(0) win 65535 <mss 1460,TS 100>");
    now_counting_from(first);
    s.out(". 2:2(0) ack 2");
    now_counting_from(first + 1'000'000);
    s.in("S 0:0(0) win 65535 <mss 1460,TS 100>");
    s.out("S. 0:0(0) ack 1 <mss 1460,TS 0 ecr 100>");
}

TEST(Close, a_listener_may_have_its_port_again_while_a_connection_waits) {  // MUST-41, MUST-42
    Script s;
    SocketId const listener = waiting_with_time_stamps(s);
    s.stack().tcp().close(listener);
    EXPECT_EQ(s.stack().tcp().connections(), 1u) << "it waits without one";
    SocketId const again = s.listen(80);
    EXPECT_EQ(s.stack().tcp().listen({IpAddress(), Port(80)}).error(), Error::AddressInUse);
    s.ports(40'001, 80);  // somebody else
    s.in("S 0:0(0) win 65535 <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    s.accept(again);
    s.ports(40'000, 80);  // and the same as before
    s.in("S 5:5(0) win 65535 <mss 1460,TS 200>");
    s.out("S. 0:0(0) ack 6");
    s.in(". 6:6(0) ack 1 <TS 201>");
    s.accept(again);
    EXPECT_EQ(s.stack().tcp().connections(), 2u);
}

TEST(Close, a_connection_in_time_wait_is_followed_by_one_of_ours_if_that_is_asked_for) {  // RFC 7323 §5.8
    Script s;
    auto& tcp = s.stack().tcp();
    Endpoint const remote{Script::peer_ip, Port(9000)}, local{Script::our_ip, Port(4000)};
    s.ports(9000, 4000);
    SocketId const first = tcp.connect(remote, local).value();
    s.out("S 0:0(0) <mss 1460,TS 0 ecr 0>");
    s.in("S. 0:0(0) ack 1 win 65535 <mss 1460,TS 10>");
    s.out(". 1:1(0) ack 1");
    EXPECT_EQ(tcp.connect(remote, local, true).error(), Error::AddressInUse) << "it lives";
    tcp.close(first);
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2 <TS 11>");
    s.out(". 2:2(0) ack 2");
    EXPECT_EQ(tcp.connect(remote, local, true).error(), Error::AddressInUse) << "no tick has passed";
    s.advance(Duration::seconds(1));
    EXPECT_EQ(tcp.connect(remote, local).error(), Error::AddressInUse) << "nobody asked for it";
    std::uint32_t const old = s.our_isn();
    ASSERT_TRUE(tcp.connect(remote, local, true).ok());
    s.out("S 0:0(0) <mss 1460,TS 0 ecr 0>");
    EXPECT_LT(static_cast<std::int32_t>(old + 2 - s.our_isn()), 0) << "beyond what was sent";
    EXPECT_EQ(tcp.connections(), 1u);
}

TEST(Close, a_connection_in_time_wait_without_time_stamps_is_not_followed) {
    Script s;
    auto& tcp = s.stack().tcp();
    Endpoint const remote{Script::peer_ip, Port(9000)}, local{Script::our_ip, Port(4000)};
    s.ports(9000, 4000);
    SocketId const first = tcp.connect(remote, local).value();
    s.out("S 0:0(0)");
    s.in("S. 0:0(0) ack 1 win 65535 <mss 1460>");
    s.out(". 1:1(0) ack 1");
    tcp.close(first);
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.advance(Duration::seconds(59));
    EXPECT_EQ(tcp.connect(remote, local, true).error(), Error::AddressInUse);
    s.advance(Duration::seconds(2));
    EXPECT_TRUE(tcp.connect(remote, local).ok()) << "it is over";
}

TEST(Close, a_reset_does_not_end_time_wait) {  // RFC 1337, T14
    Script s;
    SocketId const socket = s.established();
    s.stack().tcp().close(socket);
    s.out("F. 1:1(0) ack 1");
    s.in("F. 1:1(0) ack 2");
    s.out(". 2:2(0) ack 2");
    s.in("R 2:2(0)");
    s.silent();
    EXPECT_EQ(s.stack().tcp().connections(), 1u);
}

TEST(Close, time_wait_never_keeps_new_connections_out) {
    Config config = Script::default_config();
    config.limits.connections = 8;
    Script s(config);
    SocketId const listener = s.listen(80);
    for (std::uint16_t port = 1; port <= 100; ++port) {
        s.ports(port, 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        s.stack().tcp().close(s.accept(listener));
        s.out("F. 1:1(0) ack 1");
        s.in("F. 1:1(0) ack 2");
        s.out(". 2:2(0) ack 2");
    }
    EXPECT_EQ(s.stack().tcp().connections(), 8u);
    EXPECT_EQ(s.stack().statistics().time_wait_recycled, 92u);
    s.advance(Duration::seconds(61));
    EXPECT_EQ(s.stack().tcp().connections(), 0u);
}

TEST(Close, when_all_connections_live_a_new_one_is_dropped_and_tries_again) {
    Config config = Script::default_config();
    config.limits.connections = 2;
    Script s(config);
    SocketId const listener = s.listen(80);
    SocketId last;
    for (std::uint16_t port = 1; port <= 2; ++port) {
        s.ports(port, 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        last = s.accept(listener);
    }
    s.ports(3, 80);
    s.in("S 0:0(0) win 65535");
    s.silent();
    EXPECT_EQ(s.dropped(Drop::TcpTableFull), 1u);
    s.stack().tcp().abort(last);
    s.discard_output();
    s.in("S 0:0(0) win 65535");
    s.out("S. 0:0(0) ack 1");
}

}  // namespace
}  // namespace net::testing
