// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/textbook/receiver.hpp"

#include "kernel/base/probe.hpp"

namespace net::tcp {

using base::Instant;

void Receiver::start(SeqNum initial, std::uint16_t largest_segment, std::uint8_t shift) {
    initial_ = initial;
    mss_ = largest_segment;
    shift_ = shift;
    move_edge();
    acknowledge_now();
}

// ---- what arrives ----

// The RFC's table of four cases asks whether the first octet lies in the window, or the last.
// A segment longer than the window may have neither inside it, so we ask for any overlap. And
// a peer that filled the window sends its bare ACKs from just behind it.
bool Receiver::is_acceptable(std::int64_t begin, std::size_t length) const {
    auto const first = static_cast<std::int64_t>(told_), edge = static_cast<std::int64_t>(edge_);
    if (length == 0) return first <= begin && begin <= edge;
    return begin < edge && begin + static_cast<std::int64_t>(length) > first;
}

bool Receiver::on_data(std::int64_t begin, Bytes data, bool fin, Instant now) {
    if (fin_received_) {  // all of it was here before: say so again
        if (!data.empty() || fin) acknowledge_now();
        return false;
    }
    Position const before = reassembler_.next();
    std::uint8_t const due_before = acks_due_;
    bool const had_holes = reassembler_.has_holes();
    trim(begin, data, fin);
    store(static_cast<Position>(begin), data);

    auto const gained = static_cast<std::uint32_t>(reassembler_.next() - before);
    bool const at_fin = fin_ == reassembler_.next();
    if (at_fin) {
        fin_received_ = true;
        edge_ = std::max(edge_, next());
    }
    if (gained > 0) acks_due_ = std::min<std::uint8_t>(acks_due_, 1);  // those of older data say nothing now
    if (at_fin || (gained > 0 && had_holes)) {
        acknowledge_now();  // a hole is filled, or nothing more will come: told at once
    } else if (gained > 0) {
        acknowledge_soon(gained, now);
    } else if ((!data.empty() || fin) && due_before < UINT8_MAX) {
        // Out of order: one ACK for each such segment, which the sender counts to find out
        // that something is missing (MAY-13). [rfc5681 §4.2]
        acks_due_ = static_cast<std::uint8_t>(due_before + 1);
    }
    return gained > 0 || at_fin;
}

// Cuts off what was here before and what lies outside the window or behind the end, and the
// FIN with it. [rfc9293 §3.10.7.4, "tailor"]
void Receiver::trim(std::int64_t& begin, Bytes& data, bool& fin) {
    auto const missing = static_cast<std::int64_t>(reassembler_.next());
    if (begin < missing) {
        auto const old = static_cast<std::size_t>(missing - begin);
        if (old > data.size()) fin = false;  // it would mark a place that holds other data
        data = data.subspan(std::min(old, data.size()));
        begin = missing;
        acknowledge_now();  // it was sent again: our ACK of it may be lost
    }
    auto const room = static_cast<std::size_t>(static_cast<std::int64_t>(edge_) - begin);
    if (data.size() > room) {
        data = data.first(room);
        fin = false;
        acknowledge_now();
        statistics_.count(Drop::TcpOutsideWindow);
    }
    // The first FIN fixes where the stream ends: it does not change its mind.
    auto const at = static_cast<Position>(begin);
    if (fin && !fin_) fin_ = at + data.size();
    if (fin_ && at + data.size() > *fin_) {
        data = data.first(at < *fin_ ? *fin_ - at : 0);
        acknowledge_now();
        statistics_.count(Drop::TcpBeyondFin);
    }
}

// What finds no place will be sent again.
void Receiver::store(Position begin, Bytes data) {
    if (data.empty()) return;
    auto const outcome = reassembler_.insert(begin, data);
    if (outcome == Reassembler::Outcome::NoBuffer) statistics_.count(Drop::TcpNoBuffer);
    if (outcome == Reassembler::Outcome::TooManyHoles) statistics_.count(Drop::TcpTooManyHoles);
}

// ---- acknowledgements ----

// An ACK may wait for company, data going the other way or a second segment (SHLD-18). But
// every second full one gets its ACK at once (SHLD-19), and none waits longer than the delay
// (MUST-40, MUST-58).
void Receiver::acknowledge_soon(std::uint32_t gained, Instant now) {
    unacknowledged_ += gained;
    if (unacknowledged_ >= 2u * mss_) acknowledge_now();
    if (ack_deadline_ == Instant::never()) ack_deadline_ = now + times_.delayed_ack;
}

void Receiver::on_timer(Instant now) {
    if (now < ack_deadline_) return;
    ack_deadline_ = Instant::never();
    acknowledge_now();
}

void Receiver::acknowledged() {
    if (acks_due_ > 0) --acks_due_;
    unacknowledged_ = 0;
    told_ = next();
    ack_deadline_ = Instant::never();
}

// ---- the window ----

// The right edge if we spoke now. It never moves to the left (SHLD-14), and to the right only
// in steps worth a segment: an offer of a few octets would be answered with a segment of a few
// octets, the silly window syndrome (MUST-39). Until somebody reads, for ever (MAY-8).
// [rfc9293 §3.8.6.2.2]
Position Receiver::best_edge() const {
    Position const most_to_say = next() + (Position{0xffff} << shift_);
    Position const room = reassembler_.limit() - (reassembler_.capacity() - buffer_);
    Position const edge = std::min(room, most_to_say);
    std::uint32_t const worth_it = std::min<std::uint32_t>(buffer_ / 2, mss_);
    return edge >= edge_ + worth_it ? edge : edge_;
}

void Receiver::move_edge() {
    Position const edge = best_edge();
    if (edge == edge_) return;
    edge_ = edge;
    PROBE(tcp_receive_window, connection_, window(), edge);
}

std::uint16_t Receiver::window_to_advertise(bool is_syn) {
    move_edge();
    std::uint32_t const field = is_syn ? window() : window() >> shift_;
    return static_cast<std::uint16_t>(std::min<std::uint32_t>(field, 0xffff));
}

// The application has read so much. A sender that waits for a window cannot ask; it can only
// probe, seconds later. So a window that has doubled is announced at once.
void Receiver::consume(std::size_t count) {
    reassembler_.consume(count);
    if (fin_received_) return;
    Position const edge = best_edge();
    if (edge != edge_ && edge - next() >= 2 * (edge_ - next())) acknowledge_now();
}

}  // namespace net::tcp
