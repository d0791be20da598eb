// SPDX-License-Identifier: MIT
//
// How long to wait for an acknowledgement before sending again: the measured
// round-trip time, plus four times its variation. [rfc6298]
#pragma once

#include "kernel/base/time.hpp"

namespace net::tcp {

class RoundTripEstimator {
public:
    using Duration = base::Duration;

    // One second at first, in case the first segment is lost. [rfc6298 §2.1]
    static constexpr Duration initial = Duration::seconds(1);
    // The RFC says a second at least (§2.4, SHOULD), from a time of 500 ms
    // clocks. We measure in nanoseconds, and wait as little as Linux and the
    // BSDs do: still more than any peer delays an ACK of a full window.
    static constexpr Duration smallest = Duration::milliseconds(200);
    static constexpr Duration largest = Duration::seconds(60);  // [rfc6298 §2.5]

    // A measured round trip. Never of a segment that was sent twice: one cannot
    // know which of the two was acknowledged (Karn; MUST-18). [rfc6298 §3]
    void sample(Duration r) {
        // [lab:13-round-trip]
        if (!measured_) {  // [rfc6298 §2.2]
            smoothed_ = r;
            variation_ = r / 2;
            measured_ = true;
        } else {  // alpha 1/8, beta 1/4 [rfc6298 §2.3]
            Duration const error = smoothed_ < r ? r - smoothed_ : smoothed_ - r;
            variation_ = variation_ * 3 / 4 + error / 4;
            smoothed_ = smoothed_ * 7 / 8 + r / 8;
        }
        timeout_ = clamp(smoothed_ + variation_ * 4);
        // [/lab:13-round-trip]
    }

    // The timer ran out: wait twice as long. [rfc6298 §5.5]
    void back_off() { timeout_ = clamp(timeout_ * 2); }

    // The SYN was retransmitted: the first guess was too short for this path.
    // [rfc6298 §5.7]
    void after_lost_syn() {
        if (!measured_) timeout_ = Duration::seconds(3);
    }

    Duration timeout() const { return timeout_; }  // RTO
    Duration smoothed() const { return smoothed_; }
    Duration variation() const { return variation_; }
    bool is_measured() const { return measured_; }

private:
    static constexpr Duration clamp(Duration d) {
        return d < smallest ? smallest : d > largest ? largest : d;
    }

    bool measured_ = false;
    Duration smoothed_;   // SRTT
    Duration variation_;  // RTTVAR
    Duration timeout_ = initial;
};

}  // namespace net::tcp
