// SPDX-License-Identifier: MIT
//
// How much may be in the network at once: the congestion window. The law by which it
// moves stands behind this interface: Reno's, by the book (reno.hpp), or CUBIC's
// (cubic.hpp). Finding out that something was lost is another matter: fast_recovery.hpp,
// recovery.cpp, and the retransmission timer in sender.cpp.
#pragma once

#include <cstdint>

#include "kernel/base/time.hpp"
#include "kernel/net/tcp/sequence.hpp"

namespace net::tcp {

// What an ACK of new data says.
struct Acknowledged {
    std::uint32_t octets = 0;   // that it acknowledges; 0 when they did not fill the window
    Position una = 0;           // all before it is acknowledged
    Position max = 0;           // behind the last that was ever sent
    base::Duration round_trip;  // that it measured; 0: none
    base::Duration smoothed;    // SRTT
    base::Instant now;
};

class CongestionControl {
public:
    virtual void start(std::uint32_t mss) = 0;
    // New data was acknowledged while nothing was known to be lost.
    virtual void on_acknowledged(Acknowledged const&) = 0;
    // A loss was noticed by duplicate ACKs, `in_flight` octets being unacknowledged; or a
    // router marked a packet instead of dropping it (ECN).
    virtual void on_loss(std::uint32_t in_flight) = 0;
    // That loss is repaired, `in_flight` octets being still unacknowledged.
    virtual void on_recovered(std::uint32_t in_flight) = 0;
    // The retransmission timer ran out: the first time for this data, or again.
    virtual void on_timeout(std::uint32_t in_flight, bool again) = 0;
    // Nothing was sent for longer than a retransmission timeout.
    virtual void on_idle() = 0;
    // The last loss or time-out was none: as before it, unless there is more by now.
    virtual void undo() { (void)restore(); }

    std::uint32_t window() const { return window_; }        // cwnd, in octets
    std::uint32_t threshold() const { return threshold_; }  // ssthresh

    // Ten segments, for most pages fit into them. [rfc6928 §2]
    static constexpr std::uint32_t initial_window(std::uint32_t mss) {
        std::uint32_t const floor = 2 * mss > 14'600 ? 2 * mss : 14'600;
        return 10 * mss < floor ? 10 * mss : floor;
    }

protected:
    ~CongestionControl() = default;
    static constexpr std::uint32_t largest = 1u << 30;

    // Before it falls.
    void save() {
        saved_window_ = window_;
        saved_threshold_ = threshold_;
    }
    bool restore() {
        if (window_ >= saved_window_) return false;
        window_ = saved_window_;
        threshold_ = saved_threshold_;
        return true;
    }

    std::uint32_t window_ = 0;
    std::uint32_t threshold_ = UINT32_MAX;

private:
    std::uint32_t saved_window_ = 0;
    std::uint32_t saved_threshold_ = 0;
};

}  // namespace net::tcp
