// SPDX-License-Identifier: MIT
//
// SEGMENT ARRIVES, in the order of RFC 9293. CLOSED and LISTEN (§3.10.7.1 and
// §3.10.7.2) have no connection and are in listen.cpp.
#include "kernel/base/checks.hpp"
#include "kernel/net/tcp/connection.hpp"

namespace net::tcp {

using base::Instant;

// ---- §3.10.7.3: SYN-SENT ----

void Connection::in_syn_sent(Header const& segment, Bytes data, Instant now) {
    // [lab:12-syn-sent]
    // First: an ACK of anything but our SYN is a leftover of an old connection.
    std::int64_t const ack = sender_.position_of(segment.acknowledgement);
    bool const has_ack = segment.has(Flag::Ack);
    if (has_ack && (ack <= 0 || ack > static_cast<std::int64_t>(sender_.max()))) {
        shared_.statistics.count(Drop::TcpBadAck);
        if (!segment.has(Flag::Rst)) reset_with(segment.acknowledgement, false);
        return;
    }
    // Second: a reset counts only if it acknowledges our SYN.
    if (segment.has(Flag::Rst)) {
        if (has_ack) return fail(Error::ConnectionRefused);
        return shared_.statistics.count(Drop::TcpBadReset);
    }
    // Third is about security compartments, which nobody uses.
    // Fourth: the SYN.
    if (!segment.has(Flag::Syn)) return shared_.statistics.count(Drop::TcpNoAck);
    use_options_of(segment, now);
    if (has_ack) {
        sender_.on_acknowledgement({static_cast<Position>(ack), 0, segment.window, false, {}, {}}, now);
        enter(State::Established);
        if (segment.has(Flag::Urg)) check_urgent(segment, 0);  // the SYN is the first octet
        process_text(1, data, segment.has(Flag::Fin), now);
        return;
    }
    // Both sides opened at once (MUST-10): our SYN goes out again, now with an
    // ACK. Its data, if any, will come again.
    sender_.send_syn_again();
    enter(State::SynReceived);
    // [/lab:12-syn-sent]
}

// ---- §3.10.7.4: the other states ----

void Connection::on_segment(Header& segment, Bytes data, Instant now, EcnField field) {
    if (state_ == State::Closed) return;
    field_ = field;
    heard_at_ = now;
    if (keep_alive_asked_ > 0) {  // whatever it says, it is an answer
        keep_alive_asked_ = 0;
        plan_keep_alive(now);
    }
    if (state_ == State::SynSent) {
        in_syn_sent(segment, data, now);
        return tell_congestion();
    }

    std::int64_t begin = receiver_.position_of(segment.sequence);
    bool const is_syn_again =
        state_ == State::SynReceived && begin == 0 && segment.has(Flag::Syn) && segment.has(Flag::Ack);
    if (is_syn_again) {
        // In a simultaneous open the peer's SYN comes again, with the ACK we wait
        // for. The SYN itself is old: what counts begins behind it. [rfc9293 §3.5, figure 8]
        segment.flags = static_cast<std::uint8_t>(segment.flags & ~Flag::Syn);
        begin = 1;
        if (segment.urgent_pointer > 0) --segment.urgent_pointer;  // it counted the SYN
        receiver_.acknowledge_now();
    }
    check_and_process(segment, begin, data, now);
}

void Connection::check_and_process(Header const& segment, std::int64_t begin, Bytes data, Instant now) {
    bool fin = segment.has(Flag::Fin);
    bool const bare = data.empty() && !fin;
    if (timestamps_.agreed() && !check_timestamp(segment, now)) return;
    if (!check_sequence(segment, begin, data, fin, now)) return;
    if (!check_reset(segment, begin, now)) return;
    if (!check_syn(segment, now)) return;
    bool const goes_on = check_ack(segment, begin, bare, now);
    // Not of an ACK that somebody guessed: what the peer itself says next would look old.
    if (goes_on && timestamps_.agreed() && begin <= static_cast<std::int64_t>(receiver_.told()))
        timestamps_.remember(segment.timestamps->value, now);
    if (goes_on && ecn_.agreed()) check_congestion(segment, !data.empty());
    tell_congestion();
    if (!goes_on) return;
    if (segment.has(Flag::Urg)) check_urgent(segment, begin);
    process_text(begin, data, fin, now);
}

// Before all else, where time stamps were agreed: a segment from an earlier turn of the
// circle may have a number that fits. Resets need none. [rfc7323 §3.2, §5.3]
bool Connection::check_timestamp(Header const& segment, Instant now) {
    if (segment.has(Flag::Rst)) return true;
    if (!segment.timestamps) {
        shared_.statistics.count(Drop::TcpNoTimestamp);
        return false;
    }
    if (!timestamps_.is_old(segment.timestamps->value, now)) return true;
    shared_.statistics.count(Drop::TcpOldTimestamp);
    challenge(now);
    return false;
}

// First: is any of it in the window?
bool Connection::check_sequence(Header const& segment, std::int64_t begin, Bytes& data, bool& fin,
                                Instant now) {
    std::size_t const length = data.size() + (fin ? 1 : 0) + (segment.has(Flag::Syn) ? 1 : 0);
    // A reset is judged by its first octet alone, whatever else it carries (SHLD-2).
    if (receiver_.is_acceptable(begin, segment.has(Flag::Rst) ? 1 : length)) return true;
    // A closed window takes no data, but still ACK, RST and URG (MUST-66).
    bool const probes_closed_window =
        receiver_.window() == 0 && begin == static_cast<std::int64_t>(receiver_.next());
    if (probes_closed_window && !segment.has(Flag::Syn)) {
        receiver_.acknowledge_now();
        data = Bytes();
        fin = false;
        return true;
    }
    shared_.statistics.count(Drop::TcpOutsideWindow);
    if (segment.has(Flag::Rst)) return false;
    // In TIME-WAIT the FIN comes again if our ACK was lost: wait once more.
    if (state_ == State::TimeWait && fin) enter_time_wait(now);
    // Old data: the peer missed an ACK, and hears that it came twice. Without data, it is an
    // answer to an answer, and the limit keeps that from going on for ever.
    receiver_.note_old(begin, data.size());
    if (length > 0)
        receiver_.acknowledge_now();
    else
        challenge(now);
    return false;
}

// Second: a reset must name exactly the next octet. A stranger who only knows
// the window would need to try it all; he gets a challenge. [rfc5961 §3.2]
bool Connection::check_reset(Header const& segment, std::int64_t begin, Instant now) {
    // [lab:12-reset]
    if (!segment.has(Flag::Rst)) return true;
    if (begin != static_cast<std::int64_t>(receiver_.next())) {
        shared_.statistics.count(Drop::TcpBadReset);
        challenge(now);  // the peer, if it was the peer, answers with an exact one
        return false;
    }
    switch (state_) {
        case State::SynReceived:
            // Back to LISTEN (the listener never left), or refused (MUST-11).
            fail(passive_ ? Error::ConnectionReset : Error::ConnectionRefused);
            break;
        case State::TimeWait:
            // Both streams are complete. Ending the wait early would let old
            // segments into the next connection. [rfc1337 §2]
            shared_.statistics.count(Drop::TcpBadReset);
            break;
        case State::Closing:
        case State::LastAck:
            die();
            break;
        default:
            fail(Error::ConnectionReset);
            break;
    }
    return false;
    // [/lab:12-reset]
}

// Fourth: there is no SYN inside a connection. [rfc5961 §4.2]
bool Connection::check_syn(Header const& segment, Instant now) {
    if (!segment.has(Flag::Syn)) return true;
    shared_.statistics.count(Drop::TcpUnexpectedSyn);
    if (state_ == State::SynReceived && passive_) {
        die();  // the half-open connection was not what its sender thinks: back to LISTEN
        return false;
    }
    challenge(now);
    return false;
}

// Fifth: the ACK.
bool Connection::check_ack(Header const& segment, std::int64_t begin, bool bare, Instant now) {
    // [lab:12-ack]
    if (!segment.has(Flag::Ack)) {
        shared_.statistics.count(Drop::TcpNoAck);
        return false;
    }
    std::int64_t const ack = sender_.position_of(segment.acknowledgement);
    if (state_ == State::SynReceived && !check_ack_in_syn_received(segment, begin, ack, now)) return false;

    // Of something never sent, or older than any ACK that can be on its way:
    // somebody guesses. (MAY-12) [rfc5961 §5.2]
    auto const oldest =
        static_cast<std::int64_t>(sender_.una()) - static_cast<std::int64_t>(sender_.largest_window());
    if (ack > static_cast<std::int64_t>(sender_.max()) || ack < oldest) {
        shared_.statistics.count(Drop::TcpBadAck);
        challenge(now);
        return false;
    }
    if (ack >= static_cast<std::int64_t>(sender_.una())) {
        std::uint32_t const room_before = sender_.room();
        base::Duration const echoed = timestamps_.agreed() && sender_.needs_echo()
                                          ? timestamps_.since(segment.timestamps->echo, now)
                                          : base::Duration();
        Acknowledgement said{static_cast<Position>(ack), begin, window_of(segment), bare, echoed, {}};
        if (sack_ && segment.sack_count > 0)
            acknowledge_with_blocks(segment, said, now);
        else
            sender_.on_acknowledgement(said, now);
        if (!sender_.is_unanswered()) trouble_ = Error::WouldBlock;  // it was over soon
        if (writer_waits_ && sender_.room() > room_before) {
            writer_waits_ = false;
            events_.writable = true;
        }
    }
    return !sender_.fin_acknowledged() || after_our_fin(now);
    // [/lab:12-ack]
}

// Blocks that say something possible: of what was sent, and not inside out (T4). Those of
// duplicates lie below what is acknowledged; the sender knows them.
void Connection::acknowledge_with_blocks(Header const& segment, Acknowledgement& said, Instant now) {
    Range blocks[wire::TcpOptions::most_blocks];
    std::size_t count = 0;
    for (std::uint8_t i = 0; i < segment.sack_count; ++i) {
        std::int64_t const begin = sender_.position_of(segment.sack[i].begin);
        std::int64_t const end = sender_.position_of(segment.sack[i].end);
        if (begin < 1 || begin >= end || end > static_cast<std::int64_t>(sender_.max())) continue;
        blocks[count++] = {static_cast<Position>(begin), static_cast<Position>(end)};
    }
    said.blocks = std::span(blocks).first(count);
    sender_.on_acknowledgement(said, now);
}

bool Connection::check_ack_in_syn_received(Header const& segment, std::int64_t begin, std::int64_t ack,
                                           Instant now) {
    if (ack <= static_cast<std::int64_t>(sender_.una()) || ack > static_cast<std::int64_t>(sender_.max())) {
        shared_.statistics.count(Drop::TcpBadAck);
        reset_with(segment.acknowledgement, false);
        return false;
    }
    sender_.on_acknowledgement({static_cast<Position>(ack), begin, window_of(segment), false, {}, {}}, now);
    enter(State::Established);
    if (sender_.is_finished()) enter(State::FinWait1);  // closed while it was opening
    return true;
}

// Our FIN is acknowledged: the state it leads to.
bool Connection::after_our_fin(Instant now) {
    // [lab:12-our-fin]
    switch (state_) {
        case State::FinWait1:
            enter(State::FinWait2);
            if (orphan_) life_ends_ = now + shared_.config.tcp.orphaned_fin_wait_2;
            return true;
        case State::Closing:
            enter_time_wait(now);
            return true;
        case State::LastAck:
            die();
            return false;
        default:
            return true;
    }
    // [/lab:12-our-fin]
}

// Beside the RFC's steps: the peer heard of a mark, or we do. Only of what is acceptable, or
// anybody could slow us down. [rfc3168 §6.1.2, §6.1.3, §6.1.5]
void Connection::check_congestion(Header const& segment, bool has_data) {
    if (segment.has(Flag::Ece)) sender_.on_congestion_echo();
    if (!has_data || !ecn_.on_data(segment, field_)) return;
    ++shared_.statistics.congestion_marks;
    receiver_.acknowledge_now();
}

// Sixth, the urgent pointer (MUST-30, MUST-62): it marks the place behind the urgent data,
// anywhere ahead (MUST-31). The data is read in order all the same [rfc6093 §6]; the
// application is told when there is some, or more (MUST-32). A place that was read
// already, or that cannot be, says nothing (T5).
void Connection::check_urgent(Header const& segment, std::int64_t begin) {
    bool const open = state_ == State::Established || state_ == State::FinWait1 || state_ == State::FinWait2;
    std::int64_t const end = begin + segment.urgent_pointer;
    Position const read = receiver_.next() - receiver_.unread();
    if (!open || segment.urgent_pointer == 0 || end <= static_cast<std::int64_t>(read)) return;
    if (static_cast<Position>(end) <= urgent_end_) return;
    urgent_end_ = static_cast<Position>(end);
    events_.news = true;
}

// Seventh: the text. Eighth: the FIN.
PART_OF_ITS_CALLER void Connection::process_text(std::int64_t begin, Bytes data, bool fin, Instant now) {
    switch (state_) {
        case State::Established:
        case State::FinWait1:
        case State::FinWait2:
            break;
        default:
            // The peer's FIN was here before: it can only be sent again.
            if (fin && state_ == State::TimeWait) enter_time_wait(now);
            if (fin || !data.empty()) receiver_.acknowledge_now();
            return;
    }
    if (data.empty() && !fin) return;
    bool const is_new =
        begin + static_cast<std::int64_t>(data.size()) > static_cast<std::int64_t>(receiver_.next());
    if (orphan_ && !data.empty() && is_new) {
        // Nobody is there to read it, and the peer should know (SHLD-3, MAY-1).
        shared_.statistics.count(Drop::TcpClosedReceiver);
        return abort();
    }
    if (!receiver_.on_data(begin, data, fin, now)) return;
    events_.readable = true;
    if (receiver_.fin_received()) on_fin(now);
}

void Connection::on_fin(Instant now) {
    // [lab:12-their-fin]
    switch (state_) {
        case State::Established:
            return enter(State::CloseWait);
        case State::FinWait1:
            return enter(State::Closing);  // had our FIN been acknowledged, it were FIN-WAIT-2
        case State::FinWait2:
            return enter_time_wait(now);
        default:
            return;
    }
    // [/lab:12-their-fin]
}

// (MAY-2) In TIME-WAIT a SYN beyond everything we received cannot be old: the
// peer begins anew. [rfc9293 §3.10.7.4, fourth; rfc1122 §4.2.2.13]
bool Connection::gives_way_to(Header const& syn) const {
    bool const only_syn = syn.has(Flag::Syn) && !syn.has(Flag::Ack) && !syn.has(Flag::Rst);
    if (state_ != State::TimeWait || !only_syn) return false;
    // Time stamps tell more than numbers do (SHLD-4). [rfc6191 §2]
    if (timestamps_.agreed() && syn.timestamps && syn.timestamps->value != timestamps_.recent())
        return timestamps_.is_newer(syn.timestamps->value);
    return !precedes(syn.sequence, receiver_.next_sequence());
}

}  // namespace net::tcp
