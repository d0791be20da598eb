// SPDX-License-Identifier: MIT
//
// The sending half of a connection: what was written, what is on its way, and
// what may go next. SND.UNA, SND.NXT, SND.WND, the retransmission timer, the
// zero-window probe, Nagle.
//
//      una              nxt        max           end
//   ----|----------------|----------|-------------|------
//       |    in flight   |  lost?   |  not sent   | free
//
// nxt falls behind max when the timer ran out and sending starts over at una.
//
// Two ways to find and repair losses. By the book: duplicates are counted, and after a
// time-out everything is sent again (fast_recovery.hpp). With a peer that says which
// segments it holds (SACK), recovery.cpp: only what is lost is sent again, found by
// time (rack.hpp), at a pace that halves what is in the network (proportional.hpp).
#pragma once

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/buffer.hpp"
#include "kernel/net/tcp/chunk.hpp"
#include "kernel/net/tcp/cubic.hpp"
#include "kernel/net/tcp/fast_recovery.hpp"
#include "kernel/net/tcp/proportional.hpp"
#include "kernel/net/tcp/rack.hpp"
#include "kernel/net/tcp/reno.hpp"
#include "kernel/net/tcp/round_trip.hpp"
#include "kernel/net/tcp/spurious.hpp"
#include "kernel/net/wire/tcp_options.hpp"

namespace net::tcp {

class Sender {
public:
    static constexpr bool knows_sack = true, knows_ecn = true, knows_cork = true, knows_bursts = true;

    // `connection`: whose half it is, for those who look.
    Sender(BlockPool& pool, Statistics& statistics, TcpTimes const& times, CongestionLaw law,
           void const* connection)
        : ring_(pool),
          statistics_(statistics),
          times_(times),
          connection_(connection),
          give_up_(times.give_up) {
        if (law == CongestionLaw::Reno) law_ = &reno_;
    }
    Sender(Sender const&) = delete;
    Sender& operator=(Sender const&) = delete;

    // Begins with a SYN that has this sequence number.
    void start(SeqNum initial);
    // Once the peer's SYN told: the largest payload of one segment, and, when a device cuts
    // segments for us, of what next_chunk may return; else 0.
    void set_segment_size(std::uint16_t mss, std::uint32_t burst);
    std::uint16_t segment_size() const { return mss_; }
    // The same beside the options of the last chunk's header.
    std::uint16_t payload_room() const { return static_cast<std::uint16_t>(mss_ - options_); }
    // The path carries less than was thought: what is in flight is sent again in smaller
    // pieces. Or perhaps more.
    void change_segment_size(std::uint16_t mss);
    // The peer says which segments it holds: SACK was agreed.
    void use_selective_acknowledgements() { selective_ = true; }
    void assume_syn_sent() { nxt_ = max_ = 1; }
    // The SYN goes out once more at once: as a SYN,ACK. (MUST-10)
    void send_syn_again() { nxt_ = 0; }

    // ---- the application ----
    bool lacks_buffer() const { return room() > 0 && !ring_.has_block(); }
    std::uint32_t room() const { return unacknowledged() < most_kept_ ? most_kept_ - unacknowledged() : 0; }
    // How much write() takes before some of it is acknowledged; what is here already stays.
    void set_buffer(std::uint32_t size) { most_kept_ = size < ring_.capacity() ? size : ring_.capacity(); }
    std::uint32_t buffer() const { return most_kept_; }
    std::size_t write(Bytes);
    MutableBytes reserve();
    void commit(std::size_t written);
    void finish() { fin_queued_ = true; }  // a FIN follows the last byte
    bool is_finished() const { return fin_queued_; }
    void set_no_delay(bool on) { no_delay_ = on; }
    void set_cork(bool on);
    void set_give_up(base::Duration after) { give_up_ = after; }  // R2 (MUST-21)
    // All that was written so far is urgent. (MUST-30)
    void mark_urgent() { urgent_end_ = end_; }
    // Behind the urgent data that the peer has not acknowledged; 0: there is none.
    Position urgent_end() const { return urgent_end_ > una_ ? urgent_end_ : 0; }
    // R1: three retransmissions were not answered (SHLD-10).
    bool is_unanswered() const { return timeouts_ >= 3; }
    std::uint32_t unacknowledged() const { return static_cast<std::uint32_t>(end_ - first_kept()); }

    // ---- acknowledgements ----
    std::int64_t position_of(SeqNum sequence) const { return to_position(sequence, initial_, una_); }
    SeqNum sequence_of(Position position) const { return to_sequence(position, initial_); }
    Position una() const { return una_; }
    Position max() const { return max_; }  // the RFC's SND.NXT: what was ever sent
    std::uint32_t largest_window() const { return largest_window_; }
    bool syn_acknowledged() const { return una_ >= 1; }
    bool fin_acknowledged() const { return fin_queued_ && una_ == end_ + 1; }

    void on_acknowledgement(Acknowledgement const&, base::Instant now);
    // False: a segment is being timed, and the log times all of them.
    bool needs_echo() const { return !timing_ || !selective_ || spurious_.awaits_echo(); }

    // ECN was agreed: after each fall of the window, for a mark, a loss or a time-out, the next
    // new segment says that we have slowed down. [rfc3168 §6.1.2]
    void tell_of_reductions() { tells_reductions_ = true; }
    // A router marked something of what is out: as if it had been lost, once a window.
    void on_congestion_echo();
    bool take_reduced() {
        bool const result = reduced_ != Reduced::No;
        reduced_ = Reduced::No;
        return result;
    }
    bool is_inside_window(Chunk const& chunk) const {
        return chunk.position + chunk.length() <= una_ + window_;
    }

    // ---- sending ----
    // The next piece that may leave now. Taking it counts as sending it. `options`: octets of
    // its header that every other one has not, less than the segment size.
    bool next_chunk(Chunk& out, base::Instant now, std::uint16_t options = 0);
    // False: there is nothing that next_chunk() could send, now or when a window opens.
    bool has_work() const {
        return retransmit_first_ || forced_ || tail_probe_due_ || nxt_ != stream_end() || has_lost();
    }
    // Would it return another one? Asked after it returned one, so that a
    // connection with nothing left is not asked again.
    bool has_next_chunk() const {
        if (!syn_acknowledged()) return nxt_ == 0;
        return retransmit_first_ || (selective_ && lost_to_send() != nullptr) || sendable_length() > 0;
    }

    base::Instant deadline() const {
        base::Instant const loss = rack_.next_look() < tail_timer_ ? rack_.next_look() : tail_timer_;
        return loss < timer_ ? loss : timer_;
    }
    // False when the peer has not answered for too long (R2, MUST-20).
    [[nodiscard]] bool on_timer(base::Instant now);

    // ---- for those who look ----
    std::uint32_t window() const { return window_; }
    std::uint32_t congestion_window() const { return law_->window() + recovery_.extra_window(); }
    std::uint32_t threshold() const { return law_->threshold(); }
    bool is_recovering() const { return recovering_ || recovery_.is_active(); }
    std::uint32_t in_flight() const { return static_cast<std::uint32_t>(max_ - una_); }
    RoundTripEstimator const& round_trip() const { return round_trip_; }
    Position end() const { return end_; }  // behind the last byte written
    std::uint64_t retransmissions() const { return retransmissions_; }
    void release() { ring_.release(); }

private:
    // The oldest byte that the ring must keep; position 0 is the SYN.
    Position first_kept() const { return una_ < 1 ? 1 : una_ < end_ ? una_ : end_; }
    Position stream_end() const { return end_ + (fin_queued_ ? 1 : 0); }
    // What waits does so because the application wants it to.
    bool is_corked() const { return cork_ && syn_acknowledged() && window_ > 0; }
    std::int64_t usable_window() const;
    std::uint32_t sendable_length() const;
    void advance_to(Position acknowledged, base::Duration echoed, base::Instant now);
    void update_window(Acknowledgement const&);
    void take(Chunk& out, Position position, std::uint32_t length, base::Instant now);
    // The same for a SYN and for what is sent again: take() is a part of its callers.
    [[gnu::noinline]] void take_seldom(Chunk& out, Position position, std::uint32_t length,
                                       base::Instant now);
    void wait_for_window(base::Instant now);
    // How much was out, at most, in the last round trip. Several ACKs may come at once, before
    // anything can leave: what is out while the last of them is read says little about what
    // the path carried.
    void note_flight() {
        // In a recovery much of it is with the peer, and not in the network.
        if (recovering_ || (una_ < most_out_until_ && in_flight() < most_out_)) return;
        most_out_ = in_flight();
        most_out_until_ = max_;
    }
    void note_lost() {
        if (tells_reductions_ && reduced_ == Reduced::No) reduced_ = Reduced::ForLoss;
    }
    void slow_down() {
        law_->on_loss(most_out_);
        most_out_ = law_->window();
        most_out_until_ = 0;  // what leaves next is out under another window
    }
    void use_segment_size(std::uint16_t mss) {
        mss_ = mss;
        at_once_ = static_cast<std::uint16_t>(burst_ < mss ? 1 : burst_ / mss);
    }
    bool take_lost(Chunk& out, base::Instant now);
    bool take_forced(Chunk& out, base::Instant now);

    // recovery.cpp: with selective acknowledgements. The log is null without them, and when
    // no data is out.
    SegmentLog* log() const { return selective_ ? ring_.log_if_any() : nullptr; }
    std::uint32_t in_network() const;
    bool has_lost() const {
        SegmentLog const* const out = log();
        return out != nullptr && out->first_lost() != nullptr;
    }
    SentSegment const* lost_to_send() const;
    std::uint32_t on_selective(Acknowledgement const&, base::Instant now);
    void react_to_losses(std::uint32_t delivered, base::Instant now);
    void end_recovery_if_done();
    void plan_tail_probe(base::Instant now);
    bool take_tail_probe(Chunk& out, base::Instant now);
    void judge_tail_probe(Acknowledgement const&, bool is_repeated);
    void on_timeout_with_log(SegmentLog&);
    void take_back(SegmentLog* out);

    Ring ring_;
    Statistics& statistics_;
    TcpTimes const& times_;
    void const* const connection_;
    Reno reno_;
    Cubic cubic_;
    CongestionControl* law_ = &cubic_;  // one of them
    FastRecovery recovery_;
    RoundTripEstimator round_trip_;
    Rack rack_;
    ProportionalReduction pace_;
    base::Duration measured_;  // the round trip that this ACK measured by the log
    bool selective_ = false;   // SACK was agreed
    SpuriousLoss spurious_;    // with selective acknowledgements
    bool recovering_ = false;  // from losses, with a log
    Position recover_ = 0;     // what was out when the last loss was noticed, or the timer ran out

    // The probe that finds out about the last segments of a burst: nothing comes after them
    // that would show their loss. [rfc8985 §7]
    base::Instant tail_timer_ = base::Instant::never();
    bool tail_probe_due_ = false;
    bool tail_probe_again_ = false;        // it was a segment that had been sent
    Position tail_probe_end_ = 0;          // 0: none is out
    std::uint32_t tail_probe_flight_ = 0;  // what was out when it left

    SeqNum initial_;              // ISS
    Position una_ = 0;            // the oldest that is not acknowledged
    Position nxt_ = 0;            // what goes next
    Position max_ = 0;            // behind the last that was ever sent
    Position end_ = 1;            // behind the last byte written; the FIN's place
    std::uint32_t most_out_ = 0;  // until una reaches:
    Position most_out_until_ = 0;
    bool started_ = false;
    bool fin_queued_ = false;
    bool no_delay_ = false;
    bool cork_ = false;
    std::uint32_t most_kept_ = ring_.capacity();  // octets of the ring that may be in use
    base::Duration give_up_;
    Position urgent_end_ = 0;
    bool tells_reductions_ = false;
    enum class Reduced : std::uint8_t { No, ForLoss, ForMark } reduced_ = Reduced::No;  // CWR is to be said
    Position marked_until_ = 0;      // what was out when the last mark was heard of
    bool retransmit_first_ = false;  // send the segment at una again, out of turn
    bool forced_ = false;            // the persist timer ran out: send something

    std::uint32_t window_ = 0;          // SND.WND, in 32 bits (REC-1)
    std::uint32_t largest_window_ = 0;  // MAX.SND.WND
    std::int64_t window_sequence_ = 0;  // SND.WL1
    Position window_ack_ = 0;           // SND.WL2
    std::uint16_t mss_ = 536;           // until the peer says otherwise (MUST-15)
    std::uint16_t options_ = 0;         // what the header of the last chunk takes from mss_
    std::uint16_t at_once_ = 1;         // segments in a chunk:
    std::uint32_t burst_ = 0;           // as many as a device cuts; less than one: it cuts none

    base::Instant timer_ = base::Instant::never();  // retransmission, or persist when nothing is in flight
    unsigned timeouts_ = 0;                         // in a row
    base::Instant stalled_since_;                   // nothing was acknowledged since then
    base::Instant last_sent_;

    bool timing_ = false;  // one segment at a time is timed
    Position timed_ = 0;   // acknowledged when una reaches it
    base::Instant timed_at_;
    std::uint64_t retransmissions_ = 0;
};

}  // namespace net::tcp
