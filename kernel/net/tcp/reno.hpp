// SPDX-License-Identifier: MIT
//
// Slow start and congestion avoidance, by the book (MUST-19): the window opens by a
// segment a round trip, and halves when one is lost. [rfc5681 §3.1]
#pragma once

#include "kernel/net/tcp/congestion.hpp"

namespace net::tcp {

class Reno final : public CongestionControl {
public:
    void start(std::uint32_t mss) override {
        mss_ = mss;
        initial_ = initial_window(mss);
        window_ = initial_;
    }

    // Slow start doubles the window every round trip, congestion avoidance adds
    // one segment. Both count octets, so that splitting one ACK into many gains
    // nothing. [rfc3465]
    void on_acknowledged(Acknowledged const& ack) override {
        // [lab:13-growth]
        if (window_ < threshold_) {
            window_ += ack.octets < mss_ ? ack.octets : mss_;
        } else {
            credit_ += ack.octets;
            if (credit_ >= window_) {
                credit_ -= window_;
                window_ += mss_;
            }
        }
        if (window_ > largest) window_ = largest;
        // [/lab:13-growth]
    }

    void on_loss(std::uint32_t in_flight) override {
        save();
        // [lab:13-loss]
        threshold_ = half(in_flight);
        window_ = threshold_;
        credit_ = 0;
        // [/lab:13-loss]
    }

    // No burst after a recovery: if little is in flight, the window opens again
    // by slow start. [rfc6582 §3.2, step 3, option 1]
    void on_recovered(std::uint32_t in_flight) override {
        std::uint32_t const gentle = (in_flight > mss_ ? in_flight : mss_) + mss_;
        window_ = threshold_ < gentle ? threshold_ : gentle;
    }

    void on_timeout(std::uint32_t in_flight, bool again) override {
        if (!again) save();
        // [lab:13-collapse]
        if (!again) threshold_ = half(in_flight);
        window_ = mss_;  // the loss window: one segment
        credit_ = 0;
        // [/lab:13-collapse]
    }

    // What the window knew about the path is out of date. [rfc5681 §4.1]
    void on_idle() override {
        if (window_ > initial_) window_ = initial_;
    }

private:
    std::uint32_t half(std::uint32_t in_flight) const {
        return in_flight / 2 > 2 * mss_ ? in_flight / 2 : 2 * mss_;
    }

    std::uint32_t mss_ = 536;
    std::uint32_t initial_ = 0;
    std::uint32_t credit_ = 0;  // octets acknowledged towards the next segment
};

}  // namespace net::tcp
