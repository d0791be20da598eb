// SPDX-License-Identifier: MIT
//
// The receiving half by the book: RFC 9293, and a scaled window. What arrived, what may
// come, and when to say so.
//
//      told            next                     edge
//   ----|----------------|------------------------|----
//       | not yet acked  |        RCV.WND         |
//
// Positions count from the peer's SYN, which is 0, and do not wrap.
#pragma once

#include <algorithm>
#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/tcp/reassembler.hpp"

namespace net::tcp {

class Receiver {
public:
    static constexpr bool knows_sack = false;

    Receiver(BlockPool& pool, Statistics& statistics, TcpTimes const& times, void const* connection)
        : reassembler_(pool), statistics_(statistics), times_(times), connection_(connection) {}

    // Their SYN came. `shift`: by which the window field of our segments is scaled
    // [rfc7323 §2.3]; `largest_segment`: how much data each of theirs may have.
    void start(SeqNum initial, std::uint16_t largest_segment, std::uint8_t shift);

    std::int64_t position_of(SeqNum sequence) const { return to_position(sequence, initial_, next()); }
    SeqNum sequence_of(Position position) const { return to_sequence(position, initial_); }
    SeqNum next_sequence() const { return sequence_of(next()); }
    Position next() const { return reassembler_.next() + (fin_received_ ? 1 : 0); }      // RCV.NXT
    std::uint32_t window() const { return static_cast<std::uint32_t>(edge_ - next()); }  // RCV.WND
    Position told() const { return told_; }  // RCV.NXT, as the peer last heard it

    // ---- what arrives ----
    // Some part of a segment of this length lies in the window. [rfc9293 §3.10.7.4, first]
    bool is_acceptable(std::int64_t begin, std::size_t length) const;
    // Takes the data and the FIN of an acceptable segment. True if the application can read
    // more than before, the end of the stream included.
    bool on_data(std::int64_t begin, Bytes data, bool fin, base::Instant now);
    bool fin_received() const { return fin_received_; }

    // ---- acknowledgements ----
    void acknowledge_now() { acks_due_ = std::max<std::uint8_t>(acks_due_, 1); }
    bool ack_is_due() const { return acks_due_ > 0; }
    base::Instant deadline() const { return ack_deadline_; }
    void on_timer(base::Instant now);
    // A segment with an ACK is leaving: the window to put into it. In a SYN nothing is scaled.
    std::uint16_t window_to_advertise(bool is_syn);
    // And it has left.
    void acknowledged();

    // ---- the application ----
    std::uint32_t unread() const { return reassembler_.unread(); }
    Bytes peek() { return reassembler_.peek(); }
    void consume(std::size_t count);
    bool at_end() const { return fin_received_ && unread() == 0; }
    void release() { reassembler_.release(); }
    void set_buffer(std::uint32_t size) { buffer_ = std::min(size, reassembler_.capacity()); }
    std::uint32_t buffer() const { return buffer_; }

    // ---- selective acknowledgements: not offered, and so never asked for ----
    void note_old(std::int64_t, std::size_t) {}
    bool has_blocks_to_report() const { return false; }
    std::uint8_t report_blocks(Range[], std::uint8_t) const { return 0; }

private:
    void trim(std::int64_t& begin, Bytes& data, bool& fin);
    void store(Position begin, Bytes data);
    void acknowledge_soon(std::uint32_t gained, base::Instant now);
    Position best_edge() const;
    void move_edge();

    Reassembler reassembler_;
    Statistics& statistics_;
    TcpTimes const& times_;
    void const* const connection_;  // whose half it is, for those who look
    SeqNum initial_;                // IRS
    Position edge_ = 1;             // the right edge of the window, as the peer last heard it
    Position told_ = 1;
    std::optional<Position> fin_;  // where the stream ends, once a FIN told
    bool fin_received_ = false;    // and everything before it is here
    std::uint16_t mss_ = 536;
    std::uint8_t shift_ = 0;
    std::uint32_t buffer_ = reassembler_.capacity();  // the largest window
    // To send at once: one for all data in order that arrived together (MUST-59), and one for
    // each segment that did not follow.
    std::uint8_t acks_due_ = 0;
    std::uint32_t unacknowledged_ = 0;  // octets in order since our last ACK
    base::Instant ack_deadline_ = base::Instant::never();
};

}  // namespace net::tcp
