// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/receiver.hpp"

#include "kernel/base/checks.hpp"
#include "kernel/base/probe.hpp"

namespace net::tcp {
namespace {

constexpr Position largest_window = 0xffff;  // what the field holds

}  // namespace

void Receiver::start(SeqNum initial, std::uint16_t largest_segment, std::uint8_t shift) {
    initial_ = initial;
    shift_ = shift;
    mss_ = largest_segment;
    move_edge();
    acknowledge_now();
}

bool Receiver::is_acceptable(std::int64_t begin, std::size_t length) const {
    // [lab:12-acceptable]
    auto const first = static_cast<std::int64_t>(told_);
    auto const edge = static_cast<std::int64_t>(edge_);
    // The RFC's table of four cases, with three changes. A segment longer than the
    // window can begin before it and end behind it, and still holds what we want:
    // we ask for any overlap. A peer that has filled the window sends its bare
    // ACKs from just behind it: they are no less true, and all stacks take them.
    // And the window begins where the peer has heard that it does: several segments
    // may be under way before our ACK of the first, a FIN with each of them, and
    // the ACKs they carry are news.
    if (length == 0) return begin >= first && begin <= edge;
    return begin < edge && begin + static_cast<std::int64_t>(length) > first;
    // [/lab:12-acceptable]
}

PART_OF_ALL_CALLERS bool Receiver::on_data(std::int64_t begin, Bytes data, bool fin, base::Instant now) {
    if (fin_received_) {  // everything was received before: say so again
        if (!data.empty() || fin) acknowledge_now();
        return false;
    }
    auto const missing = static_cast<std::int64_t>(reassembler_.next());
    std::uint8_t const due_before = acks_due_;

    // Cut off what lies outside the window, the FIN included. [rfc9293 §3.10.7.4, "tailor"]
    if (begin < missing) {
        auto const old = static_cast<std::size_t>(missing - begin);
        note_old(begin, data.size());
        if (old > data.size()) fin = false;  // it would mark a place that holds other data
        data = data.subspan(old < data.size() ? old : data.size());
        begin = missing;
        acknowledge_now();  // a retransmission: our ACK of it may be lost
    }
    std::size_t const room = static_cast<std::size_t>(static_cast<std::int64_t>(edge_) - begin);
    if (data.size() > room) {
        data = data.first(room);
        fin = false;
        acknowledge_now();
        statistics_.count(Drop::TcpOutsideWindow);
    }
    auto at = static_cast<Position>(begin);

    // The first FIN fixes where the stream ends. Data beyond it, or another end
    // elsewhere, is a fault or an attack; the stream does not change its mind.
    if (fin && !fin_) fin_ = at + data.size();
    if (fin_ && at + data.size() > *fin_) {
        statistics_.count(Drop::TcpBeyondFin);
        data = data.first(at < *fin_ ? *fin_ - at : 0);
        acknowledge_now();
    }

    Position const before = reassembler_.next();
    bool const had_holes = reassembler_.has_holes();
    if (!data.empty()) {
        if (had_holes) note_duplicate(reassembler_.overlap({at, at + data.size()}));
        switch (reassembler_.insert(at, data)) {
            case Reassembler::Outcome::Stored:
                if (at > before) note_arrival(at);
                break;
            case Reassembler::Outcome::NoBuffer:
                statistics_.count(Drop::TcpNoBuffer);
                break;
            case Reassembler::Outcome::TooManyHoles:
                statistics_.count(Drop::TcpTooManyHoles);
                break;
        }
    }
    auto const gained = static_cast<std::uint32_t>(reassembler_.next() - before);
    if (gained > 0 && acks_due_ > 1) acks_due_ = 1;  // duplicates of an older ACK say nothing any more
    if (fin_ && reassembler_.next() == *fin_) {
        fin_received_ = true;
        acknowledge_now();  // it may be the last thing the peer waits for
        if (edge_ < next()) edge_ = next();
        return true;
    }
    if (gained == 0) {
        // Out of order: an immediate ACK tells the sender what is missing (MAY-13). [rfc5681 §4.2]
        if ((!data.empty() || fin) && due_before < max_acks_due)
            acks_due_ = static_cast<std::uint8_t>(due_before + 1);
        return false;
    }
    if (had_holes) acknowledge_now();  // a hole is filled: that too is told at once
    // An ACK may wait for company: data going the other way, or a second
    // segment (SHLD-18). But every second full-sized one gets its ACK at once
    // (SHLD-19), and none waits longer than the delay (MUST-40, MUST-58).
    unacknowledged_ += gained;
    if (unacknowledged_ >= 2u * mss_) acknowledge_now();
    if (ack_deadline_ == base::Instant::never()) ack_deadline_ = now + times_.delayed_ack;
    return true;
}

// The right edge if we spoke now. It moves only in steps worth a segment: an
// offer of a few octets would be answered with a segment of a few octets, the
// silly window syndrome (MUST-39). Until somebody reads, for ever (MAY-8). [rfc9293 §3.8.6.2.2]
PART_OF_ITS_CALLER Position Receiver::edge_after_update() const {
    // [lab:12-window]
    Position edge = reassembler_.limit() - withheld_;
    Position const reach = next() + (largest_window << shift_);
    if (edge > reach) edge = reach;
    if (edge <= edge_) return edge_;
    std::uint32_t const half = buffer() / 2;
    return edge - edge_ >= (half < mss_ ? half : mss_) ? edge : edge_;
    // [/lab:12-window]
}

// Between its steps the window shrinks by what arrives, and no probe tells of that.
PART_OF_ITS_CALLER void Receiver::move_edge() {
    Position const edge = edge_after_update();
    if (edge == edge_) return;
    edge_ = edge;
    PROBE(tcp_receive_window, connection_, window(), edge);
}

std::uint16_t Receiver::window_to_advertise(bool is_syn) {
    move_edge();
    std::uint32_t const field = is_syn ? window() : window() >> shift_;
    return static_cast<std::uint16_t>(field < largest_window ? field : largest_window);
}

// ---- selective acknowledgements ----

void Receiver::note_arrival(Position begin) {
    for (std::uint8_t i = most_recent - 1; i > 0; --i) recent_[i] = recent_[i - 1];
    recent_[0] = begin;
}

// One a segment is enough; of several the last one counts.
void Receiver::note_duplicate(Range range) {
    if (range.begin < range.end) duplicate_ = range;
}

void Receiver::note_old(std::int64_t begin, std::size_t length) {
    auto const missing = static_cast<std::int64_t>(reassembler_.next());
    std::int64_t end = begin + static_cast<std::int64_t>(length);
    if (end > missing) end = missing;
    if (begin < 1) begin = 1;  // 0 is the SYN, and before it was nothing
    if (begin < end) note_duplicate({static_cast<Position>(begin), static_cast<Position>(end)});
}

std::uint8_t Receiver::report_blocks(Range out[], std::uint8_t most) const {
    std::uint8_t count = 0;
    // The block of a duplicate comes first, below or inside what is acknowledged: so the
    // sender knows it for what it is.
    if (duplicate_.end != 0 && count < most) out[count++] = duplicate_;
    RangeSet const* const held = reassembler_.held();
    if (held == nullptr) return count;
    auto const add = [&](Range const& range) {
        // A duplicate's own block comes again, when it lies in a larger one.
        for (std::uint8_t i = 0; i < count; ++i)
            if (out[i] == range) return;
        if (count < most) out[count++] = range;
    };
    for (Position const begin : recent_)
        for (std::size_t i = 0; i < held->size(); ++i)
            if ((*held)[i].begin <= begin && begin < (*held)[i].end) add((*held)[i]);
    for (std::size_t i = 0; i < held->size(); ++i) add((*held)[i]);
    return count;
}

void Receiver::consume(std::size_t count) {
    reassembler_.consume(count);
    if (fin_received_) return;
    // A sender that waits for a window cannot ask; it can only probe, seconds
    // later. So a window that has doubled is announced at once.
    Position const edge = edge_after_update();
    if (edge - next() >= 2 * (edge_ - next()) && edge != edge_) acknowledge_now();
}

}  // namespace net::tcp
