// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/textbook/sender.hpp"

#include <algorithm>
#include <utility>

#include "kernel/base/assert.hpp"
#include "kernel/base/probe.hpp"

namespace net::tcp {

using base::Duration;
using base::Instant;

namespace {
constexpr auto tick = Duration::milliseconds(1);  // of the clock of time stamps
}

void Sender::start(SeqNum initial) {
    initial_ = initial;
    started_ = true;
}

void Sender::set_segment_size(std::uint16_t mss, std::uint32_t) {
    mss_ = mss;
    law_.start(mss);
}

void Sender::change_segment_size(std::uint16_t mss) {
    bool const is_narrower = mss < mss_;
    mss_ = mss;
    if (is_narrower && syn_acknowledged()) nxt_ = una_;  // again, in smaller pieces
}

// ---- the application ----

std::size_t Sender::write(Bytes data) {
    data = data.first(std::min<std::size_t>(data.size(), room()));
    if (data.empty() || !ring_.acquire()) return 0;
    ring_.write(end_, data);
    end_ += data.size();
    return data.size();
}

MutableBytes Sender::reserve() {
    if (room() == 0 || !ring_.acquire()) return {};
    return ring_.piece(end_, room());
}

void Sender::commit(std::size_t written) {
    ASSERT(written <= room());
    end_ += written;
    if (unacknowledged() == 0) ring_.release();
}

// ---- acknowledgements ----

void Sender::on_acknowledgement(Acknowledgement const& ack, Instant now) {
    ASSERT(una_ <= ack.position && ack.position <= max_);
    // As RFC 5681 §2 defines it: the peer got something, and it was not what comes next.
    bool const is_duplicate =
        ack.position == una_ && syn_acknowledged() && in_flight() > 0 && ack.bare && ack.window == window_;
    if (ack.position > una_) advance_to(ack.position, ack.echoed, now);
    if (is_duplicate && recovery_.on_duplicate(una_, max_, mss_, law_)) retransmit_first_ = true;
    update_window(ack);
    // A peer that answers probes may keep its window closed for ever (MUST-37).
    if (window_ == 0) stalled_since_ = now;
}

void Sender::advance_to(Position acknowledged, Duration echoed, Instant now) {
    auto const octets = static_cast<std::uint32_t>(acknowledged - una_);
    // A window that the application does not fill tells nothing about the path.
    bool const fills_window = in_flight() >= law_.window() / 2;
    bool const is_syn = !syn_acknowledged();
    if (timing_ && acknowledged >= timed_) {
        timing_ = false;
        round_trip_.sample(now - timed_at_);
    } else if (!timing_ && echoed > Duration() && last_sent_ <= now - echoed + tick) {
        // What was sent twice had a time stamp each time, and that of the last copy came back. (That
        // of an older one says that an ACK was lost, and nothing of the path.) Without it the timer
        // would stay as long as losses have made it.
        round_trip_.sample(echoed);
    }
    una_ = acknowledged;
    nxt_ = std::max(nxt_, una_);
    if (first_kept() == end_) ring_.release();

    FastRecovery::Advance advance;
    if (!is_syn) {
        advance = recovery_.on_advance(
            {fills_window ? octets : 0, una_, max_, {}, round_trip_.smoothed(), now}, mss_, law_);
    } else if (timeouts_ > 0) {
        round_trip_.after_lost_syn();
        law_.on_timeout(0, true);  // and begin with one segment [rfc5681 §3.1]
    }
    if (advance.retransmit) retransmit_first_ = true;
    timeouts_ = 0;
    stalled_since_ = now;
    // All acknowledged: the timer stops. Something new: it starts again. [rfc6298 §5.2, §5.3]
    if (una_ == max_)
        timer_ = Instant::never();
    else if (advance.restart_timer)
        timer_ = now + round_trip_.timeout();
}

// Only a segment that is not older than the last one that did so may change the window:
// segments overtake each other. [rfc9293 §3.10.7.4, fifth]
void Sender::update_window(Acknowledgement const& ack) {
    bool const is_older =
        ack.sequence < window_sequence_ || (ack.sequence == window_sequence_ && ack.position < window_ack_);
    if (is_older) return;
    window_sequence_ = ack.sequence;
    window_ack_ = ack.position;
    if (ack.window == window_) return;
    // What was sent into a closed window was a probe, and is probably lost.
    if (window_ == 0 && timeouts_ > 0) {
        nxt_ = una_;
        timeouts_ = 0;
        timer_ = Instant::never();
    }
    window_ = ack.window;
    largest_window_ = std::max(largest_window_, window_);
    PROBE(tcp_send_window, connection_, window_, una_ + window_);
}

// ---- sending ----

bool Sender::next_chunk(Chunk& out, Instant now, std::uint16_t) {
    if (!started_) return false;
    if (!syn_acknowledged()) {
        if (nxt_ > 0) return false;
        take(out, 0, 1, now);
        return true;
    }
    if (std::exchange(retransmit_first_, false) && una_ < max_) {
        Position const resume = nxt_;
        take(out, una_, std::min<std::uint32_t>(in_flight(), mss_), now);
        nxt_ = std::max(nxt_, resume);
        return true;
    }
    if (in_flight() == 0 && now - last_sent_ > round_trip_.timeout()) law_.on_idle();
    std::uint32_t length = sendable_length();
    if (std::exchange(probe_due_, false) && length == 0) length = probe_length();
    if (length > 0)
        take(out, nxt_, length, now);
    else
        wait_for_window(now);
    return length > 0;
}

// What both the peer and the network have room for. It is negative when the peer took back
// what it had offered (MUST-34): then nothing new leaves (SHLD-15), but what is inside the
// window does, again (SHLD-16), and is answered: what lies beyond cannot time the connection
// out (SHLD-17).
std::int64_t Sender::usable_window() const {
    return static_cast<std::int64_t>(una_ + std::min(window_, congestion_window())) -
           static_cast<std::int64_t>(nxt_);
}

// How many octets go into the next segment, 0 for none; the FIN counts as one, at the end.
// Sender silly-window avoidance (MUST-38) with Nagle (SHLD-7): a small segment only if nothing
// is in flight, large ones otherwise (SHLD-28, MAY-16). [rfc9293 §3.8.6.2.1]
std::uint32_t Sender::sendable_length() const {
    std::uint64_t const waiting = stream_end() - nxt_;
    std::int64_t const usable = usable_window();
    if (waiting == 0 || usable <= 0) return 0;
    std::uint64_t const fits = std::min<std::uint64_t>(static_cast<std::uint64_t>(usable), mss_);
    auto const length = static_cast<std::uint32_t>(std::min(waiting, fits));

    if (length == mss_ || nxt_ < max_) return length;  // what is sent again has no reason to wait
    bool const may_be_small = una_ == nxt_ || no_delay_ || fin_queued_;
    bool const is_worth_it = length == waiting || length >= largest_window_ / 2;
    return may_be_small && is_worth_it ? length : 0;
}

// Data waits and nothing is in flight, so no ACK will come by itself. If the peer's window
// update is lost, only our probe finds out (MUST-60), later and later. [rfc9293 §3.8.6.1]
void Sender::wait_for_window(Instant now) {
    if (nxt_ == stream_end() || una_ != max_ || timer_ != Instant::never()) return;
    timer_ = now + round_trip_.timeout();  // SHLD-29
    stalled_since_ = now;
}

// As much as the window takes, be it little, and one octet if it takes none (MUST-35, MUST-36).
std::uint32_t Sender::probe_length() const {
    std::uint64_t const waiting = stream_end() - nxt_;
    auto const allowed = static_cast<std::uint64_t>(std::clamp<std::int64_t>(usable_window(), 1, mss_));
    return static_cast<std::uint32_t>(std::min(waiting, allowed));
}

// Fills in the chunk, a new one, and counts it as sent.
void Sender::take(Chunk& out, Position position, std::uint32_t length, Instant now) {
    Position const after = position + length;
    Position const data_begin = std::max<Position>(position, 1), data_end = std::min(after, end_);
    out.position = position;
    out.syn = position == 0;
    out.fin = fin_queued_ && after == end_ + 1;
    if (data_begin < data_end) {
        std::size_t const count = data_end - data_begin;
        out.parts[0] = ring_.piece(data_begin, count);
        std::size_t const first = out.parts[0].size();
        if (first < count) out.parts[1] = ring_.piece(data_begin + first, count - first);
        out.push = data_end == end_;  // MUST-61, SHLD-27
    }

    out.again = position < max_;
    if (out.again) {
        ++retransmissions_;
        ++statistics_.retransmissions;
        timing_ = false;  // Karn: an ACK could be of either copy (MUST-18)
    } else if (!timing_) {
        timing_ = true;
        timed_ = after;
        timed_at_ = now;
    }
    if (in_flight() == 0 && timeouts_ == 0) stalled_since_ = now;
    nxt_ = after;
    max_ = std::max(max_, after);
    last_sent_ = now;
    if (timer_ == Instant::never() || out.again) timer_ = now + round_trip_.timeout();  // [rfc6298 §5.1]
}

// ---- the timer ----

bool Sender::on_timer(Instant now) {
    if (now < timer_) return true;
    // R2, of a SYN too (MUST-20, MUST-22).
    if (now - stalled_since_ >= (syn_acknowledged() ? give_up_ : times_.give_up_syn)) return false;

    bool const window_closed = syn_acknowledged() && window_ == 0;
    if (in_flight() > 0 && !window_closed) law_.on_timeout(in_flight(), timeouts_ > 0);
    recovery_.on_timeout(max_);
    round_trip_.back_off();  // [rfc6298 §5.5], and SHLD-30 for probes
    ++timeouts_;
    retransmit_first_ = false;
    probe_due_ = true;
    nxt_ = una_;  // start over; what arrived nevertheless will be acknowledged at once
    timer_ = now + round_trip_.timeout();
    return true;
}

}  // namespace net::tcp
