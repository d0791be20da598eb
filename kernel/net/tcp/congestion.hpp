// SPDX-License-Identifier: MIT
//
// How much may be in the network at once: the congestion window. The law by
// which it moves (here Reno's) is separate from finding out that something was
// lost (fast_recovery.hpp, and the retransmission timer in sender.cpp).
#pragma once

#include <cstdint>

namespace net::tcp {

class CongestionControl {
public:
    virtual void start(std::uint32_t mss) = 0;
    // New data was acknowledged while nothing was known to be lost.
    virtual void on_acknowledged(std::uint32_t octets) = 0;
    // A loss was noticed by duplicate ACKs, `in_flight` octets being unacknowledged.
    virtual void on_loss(std::uint32_t in_flight) = 0;
    // That loss is repaired, `in_flight` octets being still unacknowledged.
    virtual void on_recovered(std::uint32_t in_flight) = 0;
    // The retransmission timer ran out: the first time for this data, or again.
    virtual void on_timeout(std::uint32_t in_flight, bool again) = 0;
    // Nothing was sent for longer than a retransmission timeout.
    virtual void on_idle() = 0;

    virtual std::uint32_t window() const = 0;     // cwnd, in octets
    virtual std::uint32_t threshold() const = 0;  // ssthresh

protected:
    ~CongestionControl() = default;
};

// Slow start and congestion avoidance, by the book (MUST-19). [rfc5681 §3.1]
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
    void on_acknowledged(std::uint32_t octets) override {
        // [lab:13-growth]
        if (window_ < threshold_) {
            window_ += octets < mss_ ? octets : mss_;
        } else {
            credit_ += octets;
            if (credit_ >= window_) {
                credit_ -= window_;
                window_ += mss_;
            }
        }
        if (window_ > largest) window_ = largest;
        // [/lab:13-growth]
    }

    void on_loss(std::uint32_t in_flight) override {
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

    std::uint32_t window() const override { return window_; }
    std::uint32_t threshold() const override { return threshold_; }

    // Ten segments, for most pages fit into them. [rfc6928 §2]
    static constexpr std::uint32_t initial_window(std::uint32_t mss) {
        std::uint32_t const floor = 2 * mss > 14'600 ? 2 * mss : 14'600;
        return 10 * mss < floor ? 10 * mss : floor;
    }

private:
    static constexpr std::uint32_t largest = 1u << 30;

    std::uint32_t half(std::uint32_t in_flight) const {
        return in_flight / 2 > 2 * mss_ ? in_flight / 2 : 2 * mss_;
    }

    std::uint32_t mss_ = 536;
    std::uint32_t initial_ = 0;
    std::uint32_t window_ = 0;
    std::uint32_t threshold_ = UINT32_MAX;
    std::uint32_t credit_ = 0;  // octets acknowledged towards the next segment
};

}  // namespace net::tcp
