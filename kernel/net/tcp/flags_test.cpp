// SPDX-License-Identifier: MIT
//
// All 64 combinations of flags in all 11 states: a segment that stands exactly where the next
// one should, and acknowledges exactly what was sent. What follows is what RFC 9293 §3.10.7
// says, step for step, written down a second time.
#include "kernel/net/testing/stages.hpp"

namespace net::testing {
namespace {

using tcp::State;
using Flag = wire::TcpFlags;

enum class Reply : std::uint8_t { None, Ack, SynAck, Reset, ResetAndAck };

struct Expected {
    State after;
    Reply reply = Reply::None;
};

// §3.10.7.1
Expected in_closed(std::uint8_t flags) {
    if (flags & Flag::Rst) return {State::Closed};
    return {State::Closed, flags & Flag::Ack ? Reply::Reset : Reply::ResetAndAck};
}

// §3.10.7.2; a SYN that is a FIN as well is dropped.
Expected in_listen(std::uint8_t flags) {
    if (flags & Flag::Rst) return {State::Listen};
    if (flags & Flag::Ack) return {State::Listen, Reply::Reset};
    bool const opens = (flags & Flag::Syn) && !(flags & Flag::Fin);
    return {State::Listen, opens ? Reply::SynAck : Reply::None};
}

// §3.10.7.3; the ACK acknowledges our SYN.
Expected in_syn_sent(std::uint8_t flags) {
    if (flags & Flag::Rst) return {flags & Flag::Ack ? State::Closed : State::SynSent};
    if (!(flags & Flag::Syn)) return {State::SynSent};
    if (!(flags & Flag::Ack)) return {State::SynReceived, Reply::SynAck};
    return {flags & Flag::Fin ? State::CloseWait : State::Established, Reply::Ack};
}

// §3.10.7.4, of a connection that opened actively.
Expected in_others(State state, std::uint8_t flags) {
    // Second: the reset. In TIME-WAIT it is ignored. [rfc1337]
    if (flags & Flag::Rst) return {state == State::TimeWait ? state : State::Closed};
    // Fourth: the SYN. [rfc5961 §4.2]
    if (flags & Flag::Syn) return {state, Reply::Ack};
    // Fifth: the ACK, here of all that was sent.
    if (!(flags & Flag::Ack)) return {state};
    State after = state;
    switch (state) {
        case State::SynReceived:
            after = State::Established;
            break;
        case State::FinWait1:
            after = State::FinWait2;
            break;
        case State::Closing:
            after = State::TimeWait;
            break;
        case State::LastAck:
            return {State::Closed};
        default:
            break;
    }
    // Eighth: the FIN.
    if (!(flags & Flag::Fin)) return {after};
    if (after == State::Established) after = State::CloseWait;
    if (after == State::FinWait2) after = State::TimeWait;
    return {after, Reply::Ack};
}

Expected expected(State state, std::uint8_t flags) {
    switch (state) {
        case State::Closed:
            return in_closed(flags);
        case State::Listen:
            return in_listen(flags);
        case State::SynSent:
            return in_syn_sent(flags);
        default:
            return in_others(state, flags);
    }
}

Reply reply_of(std::optional<Frame> const& frame) {
    if (!frame) return Reply::None;
    std::uint8_t const flags = (*frame)[34 + 13];
    if (flags & Flag::Rst) return flags & Flag::Ack ? Reply::ResetAndAck : Reply::Reset;
    return flags & Flag::Syn ? Reply::SynAck : Reply::Ack;
}

void try_all_flags_in(State state) {
    SCOPED_TRACE(tcp::name(state));
    for (unsigned combination = 0; combination < 64; ++combination) {
        SCOPED_TRACE(combination);
        auto const flags = static_cast<std::uint8_t>(combination);
        Script s;
        SocketId const socket = reach(s, state);
        s.state(socket, state);
        wire::TcpHeader header;
        header.source = Port(40'000);
        header.destination = Port(80);
        if (state == State::SynSent || state == State::SynReceived)
            header.destination = s.stack().tcp().information(socket).value().local.port;
        header.flags = flags;
        header.sequence = tcp::SeqNum(s.peer_isn() + next_expected(state));
        header.acknowledgement = tcp::SeqNum(s.our_isn() + next_sent(state));
        header.window = 1000;
        s.in_frame(s.tcp_frame(header, {}));
        Expected const wanted = expected(state, flags);
        EXPECT_STREQ(tcp::name(s.stack().tcp().state(socket)), tcp::name(wanted.after));
        EXPECT_EQ(reply_of(s.out_frame()), wanted.reply);
        EXPECT_EQ(reply_of(s.out_frame()), Reply::None);  // one is enough
        s.expect_alive();
    }
}

TEST(Flags, all_64_in_closed) { try_all_flags_in(State::Closed); }
TEST(Flags, all_64_in_listen) { try_all_flags_in(State::Listen); }
TEST(Flags, all_64_in_syn_sent) { try_all_flags_in(State::SynSent); }
TEST(Flags, all_64_in_syn_received) { try_all_flags_in(State::SynReceived); }
TEST(Flags, all_64_in_established) { try_all_flags_in(State::Established); }
TEST(Flags, all_64_in_fin_wait_1) { try_all_flags_in(State::FinWait1); }
TEST(Flags, all_64_in_fin_wait_2) { try_all_flags_in(State::FinWait2); }
TEST(Flags, all_64_in_close_wait) { try_all_flags_in(State::CloseWait); }
TEST(Flags, all_64_in_closing) { try_all_flags_in(State::Closing); }
TEST(Flags, all_64_in_last_ack) { try_all_flags_in(State::LastAck); }
TEST(Flags, all_64_in_time_wait) { try_all_flags_in(State::TimeWait); }

}  // namespace
}  // namespace net::testing
