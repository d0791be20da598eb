// SPDX-License-Identifier: MIT
//
// Notices a loss before the timer does: three duplicate ACKs mean that segments
// behind a missing one arrive. And repairs several losses in one window, one a
// round trip, without slow start in between: NewReno. [rfc5681 §3.2] [rfc6582 §3.2]
#pragma once

#include "kernel/net/tcp/congestion.hpp"
#include "kernel/net/tcp/sequence.hpp"

namespace net::tcp {

class FastRecovery {
public:
    bool is_active() const { return active_; }

    // What may be sent beyond the congestion window: duplicate ACKs tell of
    // segments that have left the network. The first two let one new segment
    // each go, so that small windows get their third. [rfc3042]
    std::uint32_t extra_window() const { return extra_; }

    // An ACK that acknowledges nothing new while data is in flight. True if the
    // segment at SND.UNA must be sent again now.
    bool on_duplicate(Position unacknowledged, Position highest_sent, std::uint32_t mss,
                      CongestionControl& law) {
        // [lab:13-duplicate]
        auto const in_flight = static_cast<std::uint32_t>(highest_sent - unacknowledged);
        if (active_) {
            // A peer that invents duplicates gains no more than what was out. [rfc5681 §3.2, step 4]
            if (extra_ < most_extra_) extra_ += mss;
            return false;
        }
        // Of data that was sent before the last loss was dealt with: no new loss.
        if (unacknowledged <= recover_) return false;
        ++duplicates_;
        if (duplicates_ < 3) {
            extra_ += mss;
            return false;
        }
        active_ = true;
        first_partial_ = true;
        recover_ = highest_sent;
        law.on_loss(in_flight);
        extra_ = 3 * mss;
        most_extra_ = in_flight + extra_;
        return true;
        // [/lab:13-duplicate]
    }

    struct Advance {
        bool retransmit = false;  // the next segment is missing too
        bool restart_timer = true;
    };
    // An ACK of new data.
    Advance on_advance(Acknowledged const& ack, std::uint32_t mss, CongestionControl& law) {
        // [lab:13-recovery]
        duplicates_ = 0;
        if (!active_) {
            extra_ = 0;
            law.on_acknowledged(ack);
            return {};
        }
        if (ack.una >= recover_) {  // everything that was out when the loss was noticed
            active_ = false;
            extra_ = 0;
            law.on_recovered(static_cast<std::uint32_t>(ack.max - ack.una));
            return {};
        }
        // A partial ACK: the segment behind it is lost as well.
        extra_ = extra_ > ack.octets ? extra_ - ack.octets : 0;
        if (ack.octets >= mss) extra_ += mss;
        Advance const result{true, first_partial_};
        first_partial_ = false;
        return result;
        // [/lab:13-recovery]
    }

    void on_timeout(Position highest_sent) {
        active_ = false;
        duplicates_ = 0;
        extra_ = 0;
        recover_ = highest_sent;
    }

private:
    bool active_ = false;
    bool first_partial_ = false;
    std::uint32_t duplicates_ = 0;
    std::uint32_t extra_ = 0;
    std::uint32_t most_extra_ = 0;
    Position recover_ = 0;
};

}  // namespace net::tcp
