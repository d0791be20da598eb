// SPDX-License-Identifier: MIT
//
// The sender's part that knows which segments the peer holds: what is lost, when to send
// it again, and how much. [rfc8985] [rfc6937] [rfc6675]
#include "kernel/net/tcp/sender.hpp"

namespace net::tcp {

using base::Duration;
using base::Instant;

namespace {

// Of a segment that came twice: the first block, below what is acknowledged or inside the
// second one; empty when there is none. [rfc2883 §5]
Range duplicate_in(Acknowledgement const& ack) {
    if (ack.blocks.empty()) return {};
    Range const& first = ack.blocks[0];
    bool const below = first.end <= ack.position;
    bool const inside =
        ack.blocks.size() > 1 && ack.blocks[1].begin <= first.begin && first.end <= ack.blocks[1].end;
    return below || inside ? first : Range();
}

}  // namespace

std::uint32_t Sender::in_network() const {
    SegmentLog const* const out = log();
    return out != nullptr ? out->in_network() : static_cast<std::uint32_t>(nxt_ - una_);
}

// What the peer's answer says of single segments. Returns the octets that have arrived
// since the last one.
std::uint32_t Sender::on_selective(Acknowledgement const& ack, Instant now) {
    SegmentLog* const out = log();
    bool none = ack.position > una_ && spurious_.on_acknowledged(ack.echoed, now);
    if (Range const twice = duplicate_in(ack); twice.end != 0 && tail_probe_end_ == 0) {
        rack_.on_duplicate(ack.position, max_);
        none |= spurious_.on_duplicate(twice);
    }
    if (none) take_back(out);
    if (out == nullptr) return 0;
    auto const delivered = [&](SentSegment const& segment) {
        // The first copy of it tells nothing of those that left before the second. [rfc8985 §6.2, step 2]
        if (!none || !segment.again) rack_.on_delivered(segment, now);
        if (!segment.again && !segment.shared) measured_ = now - segment.at;
    };
    std::uint32_t octets = 0;
    if (ack.position > una_) octets += out->on_delivered({una_, ack.position}, delivered);
    if (ack.blocks.empty()) return octets;
    // Upwards: the latest stands first, but of two that are news at once, because an ACK was
    // lost, the lower was not overtaken.
    Range upwards[wire::TcpOptions::most_blocks];
    for (std::uint8_t i = 0; i < ack.blocks.size(); ++i) {
        std::uint8_t at = i;
        for (; at > 0 && upwards[at - 1].begin > ack.blocks[i].begin; --at) upwards[at] = upwards[at - 1];
        upwards[at] = ack.blocks[i];
    }
    for (std::uint8_t i = 0; i < ack.blocks.size(); ++i)
        if (upwards[i].end > ack.position) octets += out->on_delivered(upwards[i], delivered);
    return octets;
}

// After an ACK, or when a segment's time is up: who is lost, and what that means.
void Sender::react_to_losses(std::uint32_t delivered, Instant now) {
    end_recovery_if_done();
    SegmentLog* const out = log();
    if (out == nullptr) return rack_.stop();
    // Three segments' worth behind holes are as good as three duplicates. [rfc6675 §4]
    std::uint32_t octets_out = 0;
    for (std::size_t i = 0; i < out->size(); ++i) octets_out += (*out)[i].length();
    bool const sure = recovering_ || in_flight() - octets_out >= 3u * mss_;
    std::uint32_t const lost = rack_.find_lost(*out, sure, round_trip_, now);
    // Of a window that a loss was noticed in before, another loss is no news.
    bool const begins = lost > 0 && !recovering_ && una_ >= recover_;
    if (begins) {
        recovering_ = true;
        recover_ = max_;
        tail_timer_ = Instant::never();
        tail_probe_end_ = 0;  // what it has to tell is known
        tail_probe_due_ = false;
        pace_.begin(most_out_);
        slow_down();
        note_lost();
        spurious_.begin();
    }
    if (!recovering_) return;
    pace_.on_delivered(delivered, out->in_network(), law_->threshold(), mss_);
    if (begins) pace_.allow_at_least(mss_);
}

// It was no loss: the window is what it was, and what is out is not lost. What is lost all the
// same will be found. [rfc4015] [rfc9438 §4.9]
void Sender::take_back(SegmentLog* out) {
    spurious_.end();
    law_->undo();
    if (reduced_ == Reduced::ForLoss) reduced_ = Reduced::No;
    recovering_ = false;
    recover_ = una_;
    most_out_until_ = 0;
    if (out != nullptr)
        for (std::size_t i = 0; i < out->size(); ++i) (*out)[i].lost = false;
}

// The window stays at the threshold, which what is out has come down to. [rfc6675 §5, step 4.2]
void Sender::end_recovery_if_done() {
    if (!recovering_ || una_ < recover_) return;
    recovering_ = false;
    rack_.on_recovered();
}

// The oldest segment that is lost and may leave now; null: none.
SentSegment const* Sender::lost_to_send() const {
    SegmentLog const* const out = log();
    if (out == nullptr) return nullptr;
    SentSegment const* const lost = out->first_lost();
    if (lost == nullptr) return nullptr;
    // Old data, too, stays inside the peer's window (SHLD-15, SHLD-16).
    if (lost->begin >= una_ + window_) return nullptr;
    bool const allowed = recovering_ ? pace_.allowed() > 0 : out->in_network() < law_->window();
    return allowed ? lost : nullptr;
}

bool Sender::take_lost(Chunk& out, Instant now) {
    SentSegment const* const lost = lost_to_send();
    if (lost == nullptr) return false;
    std::uint64_t length = lost->length();
    if (length > payload_room()) length = payload_room();
    std::uint64_t const inside = una_ + window_ - lost->begin;
    if (length > inside) length = inside;
    take_seldom(out, lost->begin, static_cast<std::uint32_t>(length), now);
    forced_ = false;
    return true;
}

// The timer ran out while the window was closed, and what it was for is out already: the
// peer is asked by its first octet again (MUST-35).
bool Sender::take_forced(Chunk& out, Instant now) {
    SegmentLog const* const sent = log();
    if (!forced_ || sent == nullptr || sent->empty() || (*sent)[0].begin != una_) return false;
    forced_ = false;
    take_seldom(out, una_, 1, now);
    return true;
}

// Nothing came for a whole retransmission timeout: all of it counts as lost. If the peer
// forgot what it said it held, the oldest octet is not in the log; then everything is
// sent again. [rfc2018 §8]
void Sender::on_timeout_with_log(SegmentLog& out) {
    recovering_ = false;
    recover_ = max_;
    tail_timer_ = Instant::never();
    tail_probe_due_ = false;
    tail_probe_end_ = 0;
    rack_.stop();
    if (una_ < max_ && (out.empty() || out[0].begin != una_)) {
        out.clear();
        out.on_sent({una_, max_}, last_sent_);
    }
    out.mark_all_lost();
}

// ---- the tail [rfc8985 §7] ----

void Sender::plan_tail_probe(Instant now) {
    tail_timer_ = Instant::never();
    SegmentLog const* const out = log();
    if (out == nullptr || out->empty() || recovering_ || timeouts_ > 0 || tail_probe_end_ != 0 ||
        out->first_lost() != nullptr || !round_trip_.is_measured() || window_ == 0)
        return;
    // Twice the round trip; and as long as a peer delays its ACK of a single segment.
    constexpr auto longest_delay = Duration::milliseconds(200);
    Duration wait = round_trip_.smoothed() * 2;
    if (in_flight() <= mss_) wait = wait + longest_delay;
    constexpr auto least = Duration::milliseconds(10);
    Instant const at = now + (wait < least ? least : wait);
    if (at < timer_) tail_timer_ = at;
}

// New data, if there is some that the peer takes; else the last segment again.
bool Sender::take_tail_probe(Chunk& out, Instant now) {
    if (!tail_probe_due_) return false;
    tail_probe_due_ = false;
    SegmentLog const* const sent = log();
    if (sent == nullptr || sent->empty()) return false;
    std::uint64_t const waiting = stream_end() - nxt_;
    std::int64_t const by_peer = static_cast<std::int64_t>(una_ + window_) - static_cast<std::int64_t>(nxt_);
    bool const is_new = waiting > 0 && by_peer > 0;
    Position begin = nxt_;
    std::uint64_t const room = payload_room();
    std::uint64_t length = waiting < room ? waiting : room;
    if (is_new && length > static_cast<std::uint64_t>(by_peer)) length = static_cast<std::uint64_t>(by_peer);
    if (!is_new) {
        SentSegment const& last = (*sent)[sent->size() - 1];
        length = last.length() < room ? last.length() : room;
        begin = last.end - length;
    }
    tail_probe_flight_ = in_flight();
    take_seldom(out, begin, static_cast<std::uint32_t>(length), now);
    tail_probe_end_ = max_;
    tail_probe_again_ = !is_new;
    tail_timer_ = Instant::never();
    timer_ = now + round_trip_.timeout();
    return true;
}

// Everything is acknowledged, the probe included. If it was the second copy of a segment and
// the peer did not get two, the first was lost: that is congestion, too. The ACK that reaches
// its end may be one of the first copy that was late; those that follow tell. A second copy
// says so in a block, or is acknowledged once more. `is_repeated`: the ACK says nothing that
// was not said before. A FIN stands in no block. [rfc8985 §7.4.2]
void Sender::judge_tail_probe(Acknowledgement const& ack, bool is_repeated) {
    if (tail_probe_end_ == 0) return;
    Position const end_of_data = tail_probe_end_ < end_ ? tail_probe_end_ : end_;
    if (duplicate_in(ack).end == end_of_data) tail_probe_again_ = false;
    if (una_ < tail_probe_end_) return;
    bool const was_lost = tail_probe_again_ && una_ > tail_probe_end_;
    if (tail_probe_again_ && !was_lost && !is_repeated) return;
    tail_probe_end_ = 0;
    if (!was_lost) return;
    spurious_.end();
    law_->on_loss(tail_probe_flight_);
    note_lost();
}

}  // namespace net::tcp
