// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/sender.hpp"

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/probe.hpp"

namespace net::tcp {

using base::Duration;
using base::Instant;

namespace {
constexpr auto longest_cork = Duration::milliseconds(200);
}

void Sender::start(SeqNum initial) {
    initial_ = initial;
    started_ = true;
}

void Sender::set_segment_size(std::uint16_t mss, std::uint32_t burst) {
    burst_ = burst;
    use_segment_size(mss);
    law_->start(mss);
}

void Sender::set_cork(bool on) {
    if (is_corked() && una_ == max_) timer_ = Instant::never();  // what it was for
    cork_ = on;
}

void Sender::change_segment_size(std::uint16_t mss) {
    bool const is_wider = mss >= mss_;
    use_segment_size(mss);
    if (is_wider) return;
    if (SegmentLog* const out = log(); out != nullptr)
        out->mark_all_lost();
    else if (nxt_ > una_ && una_ >= 1)
        nxt_ = una_;
}

std::size_t Sender::write(Bytes data) {
    std::uint32_t const free = room();
    if (data.size() > free) data = data.first(free);
    if (data.empty() || !ring_.acquire()) return 0;
    ring_.write(end_, data);
    end_ += data.size();
    return data.size();
}

MutableBytes Sender::reserve() {
    std::uint32_t const free = room();
    if (free == 0 || !ring_.acquire()) return {};
    return ring_.piece(end_, free);
}

void Sender::commit(std::size_t written) {
    ASSERT(written <= room());
    end_ += written;
    if (unacknowledged() == 0) ring_.release();
}

// ---- acknowledgements ----

void Sender::on_acknowledgement(Acknowledgement const& ack, Instant now) {
    // [lab:13-on-acknowledgement]
    ASSERT(ack.position <= max_);
    bool const same_window = ack.window == window_;
    if (selective_ && syn_acknowledged()) {
        bool const is_news = ack.position > una_ || !ack.blocks.empty();
        measured_ = Duration();
        std::uint32_t const delivered = is_news ? on_selective(ack, now) : 0;
        if (ack.position > una_) advance_to(ack.position, ack.echoed, now);
        judge_tail_probe(ack, !is_news && ack.bare && same_window);
        if (is_news) react_to_losses(delivered, now);
    } else if (ack.position > una_) {
        advance_to(ack.position, ack.echoed, now);
    } else if (ack.position == una_ && in_flight() > 0 && ack.bare && same_window && syn_acknowledged()) {
        // A duplicate, as RFC 5681 §2 defines it.
        if (recovery_.on_duplicate(una_, max_, mss_, *law_)) {
            retransmit_first_ = true;
            note_lost();
        }
    }
    if (ack.position >= una_) update_window(ack);
    if (selective_) plan_tail_probe(now);
    // A peer that answers probes may keep its window closed for ever (MUST-37).
    if (window_ == 0) stalled_since_ = now;
    // [/lab:13-on-acknowledgement]
}

PART_OF_ITS_CALLER void Sender::advance_to(Position acknowledged, Duration echoed, Instant now) {
    // [lab:13-advance]
    auto const octets = static_cast<std::uint32_t>(acknowledged - una_);
    if (timing_ && acknowledged >= timed_) {
        timing_ = false;
        echoed = now - timed_at_;
        round_trip_.sample(echoed);
    } else if (!timing_ && echoed > Duration()) {
        // What was sent twice has a time stamp each time: one knows which was acknowledged.
        round_trip_.sample(echoed);
    }
    // A window that the application does not fill tells nothing about the path,
    // and does not grow.
    bool const was_limited = most_out_ >= law_->window() / 2;
    bool const syn_only = una_ == 0 && acknowledged == 1;
    una_ = acknowledged;
    if (nxt_ < una_) nxt_ = una_;
    if (first_kept() == end_) ring_.release();

    FastRecovery::Advance advance;
    if (selective_) {
        if (was_limited && !syn_only && !recovering_)
            law_->on_acknowledged({octets, una_, max_, measured_, round_trip_.smoothed(), now});
    } else if (!syn_only) {
        std::uint32_t const counted = was_limited ? octets : 0;
        advance =
            recovery_.on_advance({counted, una_, max_, echoed, round_trip_.smoothed(), now}, mss_, *law_);
    }
    if (advance.retransmit) retransmit_first_ = true;
    if (syn_only && timeouts_ > 0) {
        round_trip_.after_lost_syn();
        law_->on_timeout(0, true);  // and begin with one segment [rfc5681 §3.1]
    }
    timeouts_ = 0;
    stalled_since_ = now;
    // All acknowledged: the timer stops. Something new: it starts again.
    // [rfc6298 §5.2, §5.3]
    if (una_ == max_)
        timer_ = Instant::never();
    else if (advance.restart_timer)
        timer_ = now + round_trip_.timeout();
    // [/lab:13-advance]
}

// Only a segment that is not older than the last one that did so may change the
// window: segments overtake each other. [rfc9293 §3.10.7.4, fifth]
void Sender::update_window(Acknowledgement const& ack) {
    bool const newer =
        window_sequence_ < ack.sequence || (window_sequence_ == ack.sequence && window_ack_ <= ack.position);
    if (!newer) return;
    window_sequence_ = ack.sequence;
    window_ack_ = ack.position;
    if (ack.window == window_) return;
    // What was sent into a closed window was a probe, and is probably lost.
    if (window_ == 0 && timeouts_ > 0) {
        if (SegmentLog* const out = log(); out != nullptr)
            out->mark_all_lost();
        else
            nxt_ = una_;
        timeouts_ = 0;
        timer_ = Instant::never();
    }
    window_ = ack.window;
    if (window_ > largest_window_) largest_window_ = window_;
    PROBE(tcp_send_window, connection_, window_, una_ + window_);
}

void Sender::on_congestion_echo() {
    bool const is_news = una_ >= marked_until_;
    if (!is_news || max_ == una_) return;
    marked_until_ = max_;
    reduced_ = Reduced::ForMark;
    // We have slowed down for a loss already; should it have been none, then for this.
    spurious_.end();
    if (!is_recovering()) slow_down();
}

// ---- sending ----

// May be negative: the peer took back what it offered (MUST-34). Then nothing
// new leaves (SHLD-15), but what is inside the window does, again (SHLD-16), and is
// answered: what lies beyond cannot time the connection out (SHLD-17).
PART_OF_ITS_CALLER std::int64_t Sender::usable_window() const {
    if (SegmentLog const* const out = log(); out != nullptr) {
        // What one cannot keep account of does not leave.
        if (out->is_full()) return 0;
        std::int64_t const by_peer =
            static_cast<std::int64_t>(una_ + window_) - static_cast<std::int64_t>(nxt_);
        std::int64_t const by_network =
            recovering_ ? std::int64_t{pace_.allowed()} : std::int64_t{law_->window()} - in_network();
        return by_peer < by_network ? by_peer : by_network;
    }
    std::uint32_t const allowed = congestion_window();
    std::uint32_t const smaller = window_ < allowed ? window_ : allowed;
    return static_cast<std::int64_t>(una_ + smaller) - static_cast<std::int64_t>(nxt_);
}

// How many octets (the FIN counts as one, at the end) go into the next segment,
// 0 for none. This is sender silly-window avoidance (MUST-38) with Nagle
// (SHLD-7): a small segment only if nothing is in flight, large ones otherwise
// (SHLD-28, MAY-16). [rfc9293 §3.8.6.2.1]
PART_OF_ALL_CALLERS std::uint32_t Sender::sendable_length() const {
    // [lab:13-sendable]
    std::uint64_t const waiting = stream_end() - nxt_;
    if (waiting == 0) return 0;
    std::int64_t const usable = usable_window();
    if (usable <= 0) return 0;
    std::uint64_t length = waiting;
    if (length > static_cast<std::uint64_t>(usable)) length = static_cast<std::uint64_t>(usable);
    std::uint32_t const room = payload_room();
    // A device that cuts segments would copy the urgent pointer, which counts from the first,
    // into all of them; and CWR, which is said once. [virtio-1.2 §5.1.6.2.1]
    std::uint32_t const most = urgent_end_ > nxt_ || reduced_ != Reduced::No ? room : at_once_ * room;
    if (length > most) length = most;

    bool const is_all = length == waiting;
    if (length >= room) return static_cast<std::uint32_t>(is_all ? length : length / room * room);
    if (nxt_ < max_) return static_cast<std::uint32_t>(length);  // a retransmission: no reason to wait
    bool const may_be_small = cork_ ? fin_queued_ : una_ == nxt_ || no_delay_ || fin_queued_;
    bool const worth_it = is_all || length >= largest_window_ / 2;
    return may_be_small && worth_it ? static_cast<std::uint32_t>(length) : 0;
    // [/lab:13-sendable]
}

bool Sender::next_chunk(Chunk& out, Instant now, std::uint16_t options) {
    if (!started_) return false;
    options_ = options;
    std::uint32_t const room = payload_room();
    if (!syn_acknowledged()) {
        if (nxt_ != 0) return false;
        take_seldom(out, 0, 1, now);
        return true;
    }
    if (retransmit_first_) {
        retransmit_first_ = false;
        if (una_ < max_) {
            std::uint64_t const old = max_ - una_;
            Position const resume = nxt_;
            take_seldom(out, una_, static_cast<std::uint32_t>(old < room ? old : room), now);
            if (nxt_ < resume) nxt_ = resume;
            return true;
        }
    }
    if (selective_ && (take_tail_probe(out, now) || take_lost(out, now))) return true;
    if (in_flight() == 0 && now - last_sent_ > round_trip_.timeout()) law_->on_idle();
    if (selective_ && take_forced(out, now)) return true;
    std::uint32_t length = sendable_length();
    if (length == 0 && forced_ && nxt_ < stream_end()) {
        // The probe: at least one octet, whatever the window says (MUST-35, MUST-36).
        std::int64_t const usable = usable_window();
        length = 1;
        if (usable > 1 && (cork_ || static_cast<std::uint64_t>(usable) < stream_end() - nxt_))
            length = static_cast<std::uint32_t>(usable < room ? usable : room);
        if (length > stream_end() - nxt_) length = static_cast<std::uint32_t>(stream_end() - nxt_);
    }
    forced_ = false;
    if (length == 0) {
        wait_for_window(now);
        return false;
    }
    take(out, nxt_, length, now);
    return true;
}

// Data waits, nothing is in flight, so no ACK will come by itself: if the
// peer's window update is lost, only our probe finds out (MUST-60). [rfc9293 §3.8.6.1]
void Sender::wait_for_window(Instant now) {
    // [lab:13-probe]
    if (nxt_ == stream_end() || una_ != max_ || timer_ != Instant::never()) return;
    timer_ = now + (is_corked() ? longest_cork : round_trip_.timeout());  // SHLD-29
    stalled_since_ = now;
    // [/lab:13-probe]
}

// Fills in the chunk, a new one, and counts it as sent.
PART_OF_ALL_CALLERS void Sender::take(Chunk& out, Position position, std::uint32_t length, Instant now) {
    out.position = position;
    Position const after = position + length;
    Position data_begin = position;
    if (position == 0) {
        out.syn = true;
        data_begin = 1;
    }
    Position const data_end = after < end_ ? after : end_;
    out.fin = fin_queued_ && after == end_ + 1;
    if (data_begin < data_end) {
        std::size_t const count = data_end - data_begin;
        out.parts[0] = ring_.piece(data_begin, count);
        std::size_t const first = out.parts[0].size();
        if (first < count) out.parts[1] = ring_.piece(data_begin + first, count - first);
        out.push = data_end == end_;  // MUST-61, SHLD-27
    }

    bool const again = position < max_;
    out.again = again;
    if (again) {
        ++retransmissions_;
        ++statistics_.retransmissions;
        timing_ = false;  // Karn (MUST-18)
        spurious_.on_sent_again({position, after}, now);
    } else if (!timing_) {
        timing_ = true;
        timed_ = after;
        timed_at_ = now;
    }
    if (una_ == max_) stalled_since_ = timeouts_ == 0 ? now : stalled_since_;
    SegmentLog* const log_of_sent = log();
    if (log_of_sent != nullptr) {
        log_of_sent->on_sent({position, after}, now);
        if (recovering_) pace_.on_sent(length);
    }
    if (after > nxt_ || log_of_sent == nullptr) nxt_ = after;
    if (max_ < after) max_ = after;
    note_flight();
    last_sent_ = now;
    if (selective_) plan_tail_probe(now);
    if (timer_ == Instant::never() || again) timer_ = now + round_trip_.timeout();  // [rfc6298 §5.1]
}

void Sender::take_seldom(Chunk& out, Position position, std::uint32_t length, Instant now) {
    take(out, position, length, now);
}

bool Sender::on_timer(Instant now) {
    if (now >= rack_.next_look()) react_to_losses(0, now);
    if (now >= tail_timer_) {
        tail_timer_ = Instant::never();
        tail_probe_due_ = true;
    }
    // [lab:13-timeout]
    if (now < timer_) return true;
    if (is_corked() && una_ == max_) {  // nobody forgets his data in here for ever (MUST-60)
        timer_ = Instant::never();
        forced_ = true;
        return true;
    }
    bool const is_syn = !syn_acknowledged();
    // R2, of a SYN too (MUST-20, MUST-22).
    if (now - stalled_since_ >= (is_syn ? times_.give_up_syn : give_up_)) return false;

    bool const something_in_flight = una_ < max_;
    bool const window_closed = !is_syn && window_ == 0;
    if (something_in_flight && !window_closed) {
        law_->on_timeout(in_flight(), timeouts_ > 0);
        if (!is_syn) note_lost();
        if (selective_ && !is_syn && timeouts_ == 0) spurious_.begin();
    }
    recovery_.on_timeout(max_);
    round_trip_.back_off();  // [rfc6298 §5.5], and SHLD-30 for probes
    ++timeouts_;
    retransmit_first_ = false;
    forced_ = true;
    if (SegmentLog* const out = log(); out != nullptr)
        on_timeout_with_log(*out);
    else
        nxt_ = una_;  // start over; what arrived nevertheless will be acknowledged at once
    timer_ = now + round_trip_.timeout();
    return true;
    // [/lab:13-timeout]
}

}  // namespace net::tcp
