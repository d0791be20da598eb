// SPDX-License-Identifier: MIT
//
// When to end the first slow start before a loss does: when round trips become longer, a
// queue is growing somewhere. To be sure, the window grows on for some rounds, four times as
// slowly; if round trips become shorter again, it was something else. [rfc9406 §4.2]
#pragma once

#include "kernel/net/tcp/congestion.hpp"

namespace net::tcp {

class HystartPlusPlus {
public:
    // How far the window opens for this ACK.
    std::uint32_t growth(Acknowledged const& ack, std::uint32_t mss) {
        if (ack.una >= round_end_) begin_round(ack.max);
        if (ack.round_trip > Duration()) {
            if (ack.round_trip < current_) current_ = ack.round_trip;
            if (samples_ < enough_samples) ++samples_;
        }
        if (samples_ == enough_samples) conservative_ ? look_for_relief() : look_for_delay();
        // Not paced: an ACK of very much opens it by eight segments.
        std::uint32_t const counted = ack.octets < 8 * mss ? ack.octets : 8 * mss;
        return conservative_ ? counted / conservative_divisor : counted;
    }
    bool is_over() const { return rounds_ > conservative_rounds; }

private:
    using Duration = base::Duration;
    static constexpr std::uint8_t enough_samples = 8;         // N_RTT_SAMPLE
    static constexpr std::uint32_t conservative_divisor = 4;  // CSS_GROWTH_DIVISOR
    static constexpr std::uint8_t conservative_rounds = 5;    // CSS_ROUNDS
    static constexpr auto unknown = Duration::max();

    void begin_round(Position end) {
        round_end_ = end;
        last_ = current_;
        current_ = unknown;
        samples_ = 0;
        if (conservative_) ++rounds_;
    }
    void look_for_delay() {
        if (last_ == unknown) return;
        constexpr auto least = Duration::milliseconds(4), most = Duration::milliseconds(16);
        Duration more = last_ / 8;
        if (more < least) more = least;
        if (more > most) more = most;
        if (current_ < last_ + more) return;
        conservative_ = true;
        baseline_ = current_;
        rounds_ = 1;  // the round that has begun counts
    }
    void look_for_relief() {
        if (current_ >= baseline_) return;
        conservative_ = false;
        rounds_ = 0;
    }

    Position round_end_ = 0;       // windowEnd
    Duration last_ = unknown;      // lastRoundMinRTT
    Duration current_ = unknown;   // currentRoundMinRTT
    Duration baseline_ = unknown;  // cssBaselineMinRtt
    std::uint8_t samples_ = 0;
    std::uint8_t rounds_ = 0;
    bool conservative_ = false;
};

}  // namespace net::tcp
