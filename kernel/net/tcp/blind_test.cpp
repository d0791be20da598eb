// SPDX-License-Identifier: MIT
//
// A stranger who knows the ends of a connection but not its numbers: every place in and around
// the window, in every synchronised state. (T6) [rfc5961]
#include "kernel/net/testing/stages.hpp"

namespace net::testing {
namespace {

using tcp::State;

constexpr State synchronised[] = {State::Established, State::FinWait1, State::FinWait2, State::CloseWait,
                                  State::Closing,     State::LastAck,  State::TimeWait};

struct Target {
    explicit Target(State from) : state(from), socket(reach(s, from)) {
        window = s.stack().tcp().information(socket).value().receive_window;
    }
    // `offset` from RCV.NXT.
    void send(char const* flags, std::int64_t offset, std::uint32_t ack, std::uint32_t length = 0) {
        auto const begin = static_cast<std::uint32_t>(next_expected(state) + offset);
        s.in((std::string(flags) + ' ' + std::to_string(begin) + ':' + std::to_string(begin + length) + '(' +
              std::to_string(length) + ") ack " + std::to_string(ack))
                 .c_str());
    }
    // A challenge: where we are, and nothing else.
    void is_challenged() {
        std::string const at = std::to_string(next_sent(state));
        s.out((". " + at + ":" + at + "(0) ack " + std::to_string(next_expected(state))).c_str());
        s.silent();
        s.state(socket, state);
    }
    void is_ignored() {
        s.silent();
        s.state(socket, state);
    }

    Script s;
    State state;
    SocketId socket;
    std::uint32_t window = 0;
};

TEST(Blind, a_reset_counts_only_at_the_exact_number) {  // RFC 5961 §3.2
    for (State const state : synchronised) {
        SCOPED_TRACE(tcp::name(state));
        std::uint32_t const window = Target(state).window;
        ASSERT_GT(window, 1000u);
        for (std::int64_t const inside :
             {std::int64_t{1}, std::int64_t{window / 2}, std::int64_t{window} - 1}) {
            SCOPED_TRACE(inside);
            Target t(state);
            t.send("R", inside, 0);
            t.is_challenged();
        }
        for (std::int64_t const outside : {std::int64_t{-1}, std::int64_t{window}, std::int64_t{window} + 1,
                                           std::int64_t{1} << 31, -(std::int64_t{1} << 30)}) {
            SCOPED_TRACE(outside);
            Target t(state);
            t.send("R", outside, 0);
            t.is_ignored();
        }
        Target t(state);
        t.send("R", 0, 0);
        t.s.silent();
        t.s.state(t.socket, state == State::TimeWait ? state : State::Closed);  // [rfc1337]
    }
}

TEST(Blind, a_syn_is_challenged_wherever_it_stands) {  // RFC 5961 §4.2
    for (State const state : synchronised) {
        SCOPED_TRACE(tcp::name(state));
        std::uint32_t const window = Target(state).window;
        for (std::int64_t const offset : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{window / 2},
                                          std::int64_t{window}, std::int64_t{1} << 31}) {
            SCOPED_TRACE(offset);
            Target t(state);
            t.send("S", offset, 0);
            t.is_challenged();
        }
    }
}

TEST(Blind, an_ack_from_far_away_is_challenged_and_its_data_not_taken) {  // RFC 5961 §5.2
    for (State const state : {State::Established, State::FinWait1, State::FinWait2}) {
        SCOPED_TRACE(tcp::name(state));
        constexpr std::uint32_t largest_window = 65'535;  // that the script ever offered
        for (std::uint32_t const ack :
             {next_sent(state) + 1, next_sent(state) + 0x7fff'ffff, next_sent(state) - largest_window - 2}) {
            SCOPED_TRACE(ack);
            Target t(state);
            t.send(".", 0, ack, 10);
            t.is_challenged();
            EXPECT_EQ(t.s.stack().tcp().information(t.socket).value().unread, 0u);
            EXPECT_EQ(t.s.dropped(Drop::TcpBadAck), 1u);
        }
    }
}

TEST(Blind, data_counts_only_inside_the_window) {
    for (State const state : {State::Established, State::FinWait1, State::FinWait2}) {
        SCOPED_TRACE(tcp::name(state));
        std::uint32_t const window = Target(state).window;
        for (std::int64_t const outside :
             {std::int64_t{-10}, std::int64_t{window}, std::int64_t{1} << 31, -(std::int64_t{1} << 30)}) {
            SCOPED_TRACE(outside);
            Target t(state);
            t.send(".", outside, next_sent(state), 10);
            t.is_challenged();
        }
        Target t(state);
        t.send(".", std::int64_t{window} - 10, 1, 10);  // the last ten octets of it
        t.is_challenged();                              // it is an ACK like any other
        EXPECT_EQ(t.s.dropped(Drop::TcpOutsideWindow), 0u);
    }
}

TEST(Blind, challenges_are_limited_for_each_connection_and_not_for_all) {  // CVE-2016-5696
    Script s;
    SocketId const listener = s.listen(80);
    for (std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}}) {
        s.ports(port, 80);
        s.in("S 0:0(0) win 65535");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
        s.accept(listener);
    }
    for (std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}}) {  // the second has all of its own
        s.ports(port, 80);
        int challenges = 0;
        for (int i = 0; i < 30; ++i) {
            s.in("R 100:100(0)");
            while (s.out_frame()) ++challenges;
        }
        EXPECT_EQ(challenges, 10);
    }
}

}  // namespace
}  // namespace net::testing
