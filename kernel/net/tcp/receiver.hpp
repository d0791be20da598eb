// SPDX-License-Identifier: MIT
//
// The receiving half of a connection: what may come in, what has, and when to
// say so. RCV.NXT, RCV.WND, the window's right edge, the delayed ACK.
#pragma once

#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/reassembler.hpp"

namespace net::tcp {

class Receiver {
public:
    static constexpr bool knows_sack = true;

    // `connection`: whose half it is, for those who look.
    Receiver(BlockPool& pool, Statistics& statistics, TcpTimes const& times, void const* connection)
        : reassembler_(pool), statistics_(statistics), times_(times), connection_(connection) {}

    // Their SYN came: its sequence number is position 0. `shift`: what the window field of
    // our segments is scaled by [rfc7323 §2.3]; `largest_segment`: the data of theirs.
    void start(SeqNum initial, std::uint16_t largest_segment, std::uint8_t shift);

    std::int64_t position_of(SeqNum sequence) const { return to_position(sequence, initial_, next()); }
    SeqNum sequence_of(Position position) const { return to_sequence(position, initial_); }
    SeqNum next_sequence() const { return to_sequence(next(), initial_); }

    Position next() const { return reassembler_.next() + (fin_received_ ? 1 : 0); }      // RCV.NXT
    std::uint32_t window() const { return static_cast<std::uint32_t>(edge_ - next()); }  // RCV.WND

    // The largest window that is offered. What was offered before it became smaller still may
    // come (SHLD-14).
    void set_buffer(std::uint32_t size) { withheld_ = size < whole() ? whole() - size : 0; }
    std::uint32_t whole() const { return reassembler_.capacity(); }
    std::uint32_t buffer() const { return whole() - withheld_; }

    // Some part of a segment of this length lies in the window. [rfc9293 §3.10.7.4, first]
    bool is_acceptable(std::int64_t begin, std::size_t length) const;

    // Of this data, which came, some or all was here before: the next ACK says so. [rfc2883 §4]
    void note_old(std::int64_t begin, std::size_t length);

    // Takes the data and the FIN of an acceptable segment. True if the
    // application can read more than before, the end of the stream included.
    bool on_data(std::int64_t begin, Bytes data, bool fin, base::Instant now);
    bool fin_received() const { return fin_received_; }

    // ---- acknowledgements ----
    void acknowledge_now() {
        if (acks_due_ == 0) acks_due_ = 1;
    }
    bool ack_is_due() const { return acks_due_ > 0; }
    base::Instant deadline() const { return ack_deadline_; }
    void on_timer(base::Instant now) {
        if (now < ack_deadline_) return;
        ack_deadline_ = base::Instant::never();
        acknowledge_now();
    }
    // A segment with an ACK is leaving: the window to put into it. Moves the
    // right edge, never to the left (SHLD-14). What scaling rounds away is not offered, but
    // taken if it comes. In a SYN nothing is scaled. [rfc7323 §2.2, §2.4]
    std::uint16_t window_to_advertise(bool is_syn);
    // RCV.NXT as the peer last heard it: Last.ACK.sent.
    Position told() const { return told_; }

    // What the next ACK is to say of segments behind a hole, or that came twice: the latest
    // first, as many as `most`. Returns how many there are. [rfc2018 §4] [rfc2883 §4]
    std::uint8_t report_blocks(Range out[], std::uint8_t most) const;
    bool has_blocks_to_report() const { return duplicate_.end != 0 || reassembler_.has_holes(); }
    void acknowledged() {
        if (acks_due_ > 0) --acks_due_;
        unacknowledged_ = 0;
        told_ = next();
        duplicate_ = Range();  // it is told once
        ack_deadline_ = base::Instant::never();
    }

    // ---- the application ----
    std::uint32_t unread() const { return reassembler_.unread(); }
    Bytes peek() { return reassembler_.peek(); }
    void consume(std::size_t count);
    bool at_end() const { return fin_received_ && reassembler_.unread() == 0; }
    void release() { reassembler_.release(); }

private:
    Position edge_after_update() const;
    void move_edge();
    void note_arrival(Position begin);
    void note_duplicate(Range range);

    Reassembler reassembler_;
    Statistics& statistics_;
    TcpTimes const& times_;
    void const* const connection_;
    SeqNum initial_;               // IRS
    Position edge_ = 1;            // the right edge of the window, as the peer last heard it
    Position told_ = 1;            // RCV.NXT, as the peer last heard it
    std::optional<Position> fin_;  // where the stream ends, once a FIN told
    bool fin_received_ = false;    // and everything before it is here
    // ACKs to send at once. Data in order needs one, however much arrived
    // together (MUST-58, MUST-59). But a sender without SACK counts duplicates to
    // find out what is lost, so each segment out of order gets one of its own.
    static constexpr std::uint8_t max_acks_due = 64;
    std::uint8_t acks_due_ = 0;
    std::uint16_t mss_ = 536;
    std::uint8_t shift_ = 0;
    std::uint32_t withheld_ = 0;  // of the ring, by the application's choice
    // Where the last segments behind holes began, the latest first, and a segment that was
    // here before (none: it ends at 0), until an ACK leaves.
    static constexpr std::uint8_t most_recent = 4;
    Position recent_[most_recent] = {};
    Range duplicate_;
    std::uint32_t unacknowledged_ = 0;  // octets that arrived in order since our last ACK
    base::Instant ack_deadline_ = base::Instant::never();
};

}  // namespace net::tcp
