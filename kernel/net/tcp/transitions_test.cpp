// SPDX-License-Identifier: MIT
//
// Every arrow of the state diagram, by name, and every way to CLOSED beside it. LISTEN to
// SYN-SENT is not there: our listeners have no SEND. [rfc9293 §3.3.2, figure 5; §3.10]
#include "kernel/net/testing/stages.hpp"

namespace net::testing {
namespace {

using tcp::State;

struct Arrow {
    explicit Arrow(State from) : socket(reach(s, from)) { s.state(socket, from); }
    void ends_in(State to) { s.state(socket, to); }
    tcp::Sockets& tcp() { return s.stack().tcp(); }
    // Of the only connection, which no socket names yet or any more.
    void connection_is(State expected) {
        tcp::Information list[2];
        std::size_t const count = tcp().list(list);
        if (expected == State::Closed) {
            EXPECT_EQ(count, 0u);
            return;
        }
        ASSERT_EQ(count, 1u);
        EXPECT_STREQ(tcp::name(list[0].state), tcp::name(expected));
    }

    Script s;
    SocketId socket;
};

// ---- opening ----

TEST(Transition, closed_to_listen_by_a_passive_open) {
    Script s;
    s.state(s.listen(80), State::Listen);
}

TEST(Transition, closed_to_syn_sent_by_an_active_open) { Arrow const a(State::SynSent); }

TEST(Transition, listen_to_closed_by_close) {
    Arrow a(State::Listen);
    a.tcp().close(a.socket);
    a.s.in("S 0:0(0) win 65535");
    a.s.out("R. 0:0(0) ack 1");
}

TEST(Transition, listen_to_syn_received_by_a_syn) {
    Arrow a(State::Listen);
    a.s.in("S 0:0(0) win 65535");
    a.connection_is(State::SynReceived);
    a.s.out("S. 0:0(0) ack 1");
    a.ends_in(State::Listen);  // it goes on listening
}

TEST(Transition, syn_sent_to_established_by_syn_and_ack) {
    Arrow a(State::SynSent);
    a.s.in("S. 0:0(0) ack 1 win 65535");
    a.ends_in(State::Established);
    a.s.out(". 1:1(0) ack 1");
}

TEST(Transition, syn_sent_to_syn_received_by_a_syn) { Arrow const a(State::SynReceived); }

TEST(Transition, syn_sent_to_closed_by_close) {
    Arrow a(State::SynSent);
    a.tcp().close(a.socket);
    a.connection_is(State::Closed);
    a.s.silent();
}

TEST(Transition, syn_sent_to_closed_by_a_reset) {
    Arrow a(State::SynSent);
    a.s.in("R. 0:0(0) ack 1");
    a.ends_in(State::Closed);
    EXPECT_EQ(a.tcp().error(a.socket), Error::ConnectionRefused);
}

TEST(Transition, syn_sent_to_closed_by_time) {
    Arrow a(State::SynSent);
    a.s.advance(Duration::seconds(400));
    a.ends_in(State::Closed);
    EXPECT_EQ(a.tcp().error(a.socket), Error::TimedOut);
}

TEST(Transition, syn_received_to_established_by_an_ack) {
    Arrow a(State::SynReceived);
    a.s.in(". 1:1(0) ack 1");
    a.ends_in(State::Established);
}

TEST(Transition, syn_received_to_fin_wait_1_by_close) {  // the FIN waits for the ACK of the SYN
    Arrow a(State::SynReceived);
    a.tcp().close(a.socket);
    a.s.silent();
    a.s.in(". 1:1(0) ack 1");
    a.connection_is(State::FinWait1);
    a.s.out("F. 1:1(0) ack 1");
}

TEST(Transition, syn_received_to_listen_by_a_reset) {
    Arrow a(State::Listen);
    a.s.in("S 0:0(0) win 65535");
    a.s.out("S. 0:0(0) ack 1");
    a.s.in("R 1:1(0)");
    a.connection_is(State::Closed);
    a.ends_in(State::Listen);
}

TEST(Transition, syn_received_to_listen_by_a_syn) {  // RFC 9293 §3.10.7.4, fourth
    Arrow a(State::Listen);
    a.s.in("S 0:0(0) win 65535");
    a.s.out("S. 0:0(0) ack 1");
    a.s.in("S 1:1(0) win 65535");
    a.connection_is(State::Closed);
    a.ends_in(State::Listen);
}

TEST(Transition, syn_received_to_closed_by_a_reset) {  // of an active open
    Arrow a(State::SynReceived);
    a.s.in("R 1:1(0)");
    a.ends_in(State::Closed);
    EXPECT_EQ(a.tcp().error(a.socket), Error::ConnectionRefused);
}

TEST(Transition, syn_received_to_closed_by_time) {
    Arrow a(State::SynReceived);
    a.s.advance(Duration::seconds(400));
    a.ends_in(State::Closed);
}

// ---- closing ----

TEST(Transition, established_to_fin_wait_1_by_close) { Arrow const a(State::FinWait1); }

TEST(Transition, established_to_close_wait_by_a_fin) { Arrow const a(State::CloseWait); }

TEST(Transition, fin_wait_1_to_fin_wait_2_by_the_ack_of_our_fin) { Arrow const a(State::FinWait2); }

TEST(Transition, fin_wait_1_to_closing_by_a_fin) { Arrow const a(State::Closing); }

TEST(Transition, fin_wait_1_to_time_wait_by_a_fin_that_acknowledges_ours) { Arrow const a(State::TimeWait); }

TEST(Transition, fin_wait_2_to_time_wait_by_a_fin) {
    Arrow a(State::FinWait2);
    a.s.in("F. 1:1(0) ack 2");
    a.ends_in(State::TimeWait);
    a.s.out(". 2:2(0) ack 2");
}

TEST(Transition, close_wait_to_last_ack_by_close) { Arrow const a(State::LastAck); }

TEST(Transition, closing_to_time_wait_by_the_ack_of_our_fin) {
    Arrow a(State::Closing);
    a.s.in(". 2:2(0) ack 2");
    a.ends_in(State::TimeWait);
    a.s.silent();
}

TEST(Transition, last_ack_to_closed_by_the_ack_of_our_fin) {
    Arrow a(State::LastAck);
    a.s.in(". 2:2(0) ack 2");
    a.ends_in(State::Closed);
    a.s.silent();
}

TEST(Transition, time_wait_to_closed_after_two_lifetimes) {
    Arrow a(State::TimeWait);
    a.s.advance(Duration::milliseconds(59'999));
    a.ends_in(State::TimeWait);
    a.s.advance(Duration::milliseconds(1));
    a.ends_in(State::Closed);
}

TEST(Transition, time_wait_to_syn_received_by_a_syn_beyond_it) {  // MAY-2
    Arrow a(State::TimeWait);
    a.tcp().close(a.socket);
    a.s.in("S 100000:100000(0) win 65535");
    a.connection_is(State::SynReceived);
}

// ---- what leads to CLOSED from anywhere ----

constexpr State synchronised[] = {State::Established, State::FinWait1, State::FinWait2,
                                  State::CloseWait,   State::Closing,  State::LastAck};

TEST(Transition, every_synchronised_state_to_closed_by_a_reset) {
    for (State const from : synchronised) {
        SCOPED_TRACE(tcp::name(from));
        Arrow a(from);
        a.s.in(
            ("R " + std::to_string(next_expected(from)) + ":" + std::to_string(next_expected(from)) + "(0)")
                .c_str());
        a.ends_in(State::Closed);
        a.s.silent();
    }
}

TEST(Transition, every_state_to_closed_by_abort_with_a_reset_where_the_peer_would_wait) {  // §3.10.5
    for (State const from : every_state) {
        if (from == State::Listen) continue;
        SCOPED_TRACE(tcp::name(from));
        Arrow a(from);
        a.tcp().abort(a.socket);
        bool const resets = from == State::SynReceived || from == State::Established ||
                            from == State::FinWait1 || from == State::FinWait2 || from == State::CloseWait;
        std::string const next = std::to_string(next_sent(from));
        if (resets)
            a.s.out(("R. " + next + ":" + next + "(0) ack " + std::to_string(next_expected(from))).c_str());
        a.s.silent();
        a.connection_is(State::Closed);
    }
}

TEST(Transition, every_state_with_our_fin_out_to_closed_when_nobody_answers) {  // R2
    for (State const from : {State::FinWait1, State::Closing, State::LastAck}) {
        SCOPED_TRACE(tcp::name(from));
        Arrow a(from);
        a.s.advance(Duration::seconds(300));
        a.ends_in(State::Closed);
        EXPECT_EQ(a.tcp().error(a.socket), Error::TimedOut);
    }
}

TEST(Transition, no_state_without_a_reason_to_end_ends_by_time) {
    for (State const from : {State::Listen, State::Established, State::FinWait2, State::CloseWait}) {
        Arrow a(from);
        a.s.advance(Duration::seconds(24 * 3600));
        a.ends_in(from);
    }
}

}  // namespace
}  // namespace net::testing
