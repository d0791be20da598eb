// SPDX-License-Identifier: MIT
//
// The sending half by the book: RFC 9293, the retransmission timer of RFC 6298, and Reno with
// fast recovery (RFC 5681, RFC 6582). What was written, what is on its way, what goes next.
//
//      una              nxt        max           end
//   ----|----------------|----------|-------------|------
//       |    in flight   |  lost?   |  not sent   | free
//
// nxt falls behind max when the timer ran out and sending starts over at una. Positions count
// from our SYN, which is 0, and do not wrap; data begins at 1.
#pragma once

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/buffer.hpp"
#include "kernel/net/tcp/chunk.hpp"
#include "kernel/net/tcp/fast_recovery.hpp"
#include "kernel/net/tcp/reno.hpp"
#include "kernel/net/tcp/round_trip.hpp"

namespace net::tcp {

class Sender {
public:
    static constexpr bool knows_sack = false, knows_ecn = false, knows_cork = false, knows_bursts = false;

    // Whatever law the stack is configured with: here it is Reno's.
    Sender(BlockPool& pool, Statistics& statistics, TcpTimes const& times, CongestionLaw,
           void const* connection)
        : ring_(pool),
          statistics_(statistics),
          times_(times),
          connection_(connection),
          give_up_(times.give_up) {}

    // ---- opening ----
    void start(SeqNum initial);  // begins with a SYN that has this sequence number
    void assume_syn_sent() { nxt_ = max_ = 1; }
    void send_syn_again() { nxt_ = 0; }  // as a SYN,ACK (MUST-10)
    // The payload of the largest segment, once the peer's SYN told; and once more when the
    // path turns out to carry less, or perhaps more. We cut segments ourselves, and none is
    // longer, whatever a device could do for us.
    void set_segment_size(std::uint16_t mss, std::uint32_t);
    void change_segment_size(std::uint16_t mss);
    std::uint16_t segment_size() const { return mss_; }
    std::uint16_t payload_room() const { return mss_; }

    // ---- the application ----
    std::uint32_t room() const { return unacknowledged() < buffer_ ? buffer_ - unacknowledged() : 0; }
    std::size_t write(Bytes);
    MutableBytes reserve();  // where commit() expects the bytes
    void commit(std::size_t written);
    bool lacks_buffer() const { return room() > 0 && !ring_.has_block(); }
    std::uint32_t unacknowledged() const { return static_cast<std::uint32_t>(end_ - first_kept()); }
    void finish() { fin_queued_ = true; }  // a FIN follows the last byte
    bool is_finished() const { return fin_queued_; }
    void release() { ring_.release(); }
    void set_buffer(std::uint32_t size) { buffer_ = size < ring_.capacity() ? size : ring_.capacity(); }
    std::uint32_t buffer() const { return buffer_; }
    void set_no_delay(bool on) { no_delay_ = on; }                // MUST-17
    void set_give_up(base::Duration after) { give_up_ = after; }  // R2 (MUST-21)
    void mark_urgent() { urgent_end_ = end_; }                    // all that was written (MUST-30)
    Position urgent_end() const { return urgent_end_ > una_ ? urgent_end_ : 0; }

    // ---- acknowledgements ----
    std::int64_t position_of(SeqNum sequence) const { return to_position(sequence, initial_, una_); }
    SeqNum sequence_of(Position position) const { return to_sequence(position, initial_); }
    Position una() const { return una_; }
    Position max() const { return max_; }  // the RFC's SND.NXT: what was ever sent
    Position end() const { return end_; }
    bool syn_acknowledged() const { return una_ >= 1; }
    bool fin_acknowledged() const { return fin_queued_ && una_ == end_ + 1; }
    bool is_unanswered() const { return timeouts_ >= 3; }  // R1 (SHLD-10)
    void on_acknowledgement(Acknowledgement const&, base::Instant now);
    bool needs_echo() const { return !timing_; }  // the time stamp of an ACK: no segment is being timed

    // ---- sending ----
    // The next piece that may leave now. Taking it counts as sending it.
    bool next_chunk(Chunk& out, base::Instant now, std::uint16_t);
    bool has_work() const { return retransmit_first_ || probe_due_ || nxt_ != stream_end(); }
    bool has_next_chunk() const {
        return syn_acknowledged() ? retransmit_first_ || sendable_length() > 0 : nxt_ == 0;
    }
    base::Instant deadline() const { return timer_; }
    // False when the peer has not answered for too long (R2, MUST-20).
    [[nodiscard]] bool on_timer(base::Instant now);

    // ---- for those who look ----
    std::uint32_t window() const { return window_; }
    std::uint32_t largest_window() const { return largest_window_; }
    std::uint32_t congestion_window() const { return law_.window() + recovery_.extra_window(); }
    std::uint32_t threshold() const { return law_.threshold(); }
    bool is_recovering() const { return recovery_.is_active(); }
    std::uint32_t in_flight() const { return static_cast<std::uint32_t>(max_ - una_); }
    RoundTripEstimator const& round_trip() const { return round_trip_; }
    std::uint64_t retransmissions() const { return retransmissions_; }

    // ---- what these halves do not do, and Connection offers to no peer ----
    void use_selective_acknowledgements() {}
    void tell_of_reductions() {}
    void on_congestion_echo() {}
    bool take_reduced() { return false; }
    bool is_inside_window(Chunk const&) const { return false; }
    void set_cork(bool) {}  // small segments wait as Nagle has it, and no longer

private:
    Position first_kept() const { return una_ < 1 ? 1 : una_ < end_ ? una_ : end_; }  // by the ring
    Position stream_end() const { return end_ + (fin_queued_ ? 1 : 0); }
    void advance_to(Position acknowledged, base::Duration echoed, base::Instant now);
    void update_window(Acknowledgement const&);
    std::int64_t usable_window() const;
    std::uint32_t sendable_length() const;
    std::uint32_t probe_length() const;
    void wait_for_window(base::Instant now);
    void take(Chunk& out, Position position, std::uint32_t length, base::Instant now);

    Ring ring_;
    Statistics& statistics_;
    TcpTimes const& times_;
    void const* const connection_;  // whose half it is, for those who look

    SeqNum initial_;    // ISS
    Position una_ = 0;  // the oldest that is not acknowledged
    Position nxt_ = 0;  // what goes next
    Position max_ = 0;  // behind the last that was ever sent
    Position end_ = 1;  // behind the last byte written; the FIN's place
    bool started_ = false;
    bool fin_queued_ = false;
    bool no_delay_ = false;
    Position urgent_end_ = 0;
    std::uint32_t buffer_ = ring_.capacity();  // octets of the ring that may be in use
    std::uint16_t mss_ = 536;                  // until the peer says otherwise (MUST-15)

    std::uint32_t window_ = 0;          // SND.WND, in 32 bits (REC-1)
    std::uint32_t largest_window_ = 0;  // MAX.SND.WND
    std::int64_t window_sequence_ = 0;  // SND.WL1
    Position window_ack_ = 0;           // SND.WL2

    Reno law_;
    FastRecovery recovery_;
    bool retransmit_first_ = false;  // send the segment at una again, out of turn

    RoundTripEstimator round_trip_;
    base::Instant timer_ = base::Instant::never();  // retransmission, or persist when nothing is in flight
    bool probe_due_ = false;                        // it ran out: something must leave
    unsigned timeouts_ = 0;                         // in a row
    base::Duration give_up_;
    base::Instant stalled_since_;  // nothing was acknowledged since then
    base::Instant last_sent_;
    bool timing_ = false;  // one segment at a time is timed
    Position timed_ = 0;   // acknowledged when una reaches it
    base::Instant timed_at_;
    std::uint64_t retransmissions_ = 0;
};

}  // namespace net::tcp
