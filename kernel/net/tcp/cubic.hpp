// SPDX-License-Identifier: MIT
//
// CUBIC: after a loss the window goes down to seven tenths, and comes back along a cubic
// curve over time: fast at first, flat where the loss was, then fast again to find out what
// the path carries now. On short and slow paths, where that is slower than Reno, it does as
// Reno would. (MAY-18) [rfc9438]
//
//      window
//   W_max |             . . - - '
//         |       . '         :       '  beyond it the curve turns upwards
//         |   . '             :
//         | /                 :
//         +-------------------K----------- time since the loss
#pragma once

#include "kernel/net/tcp/congestion.hpp"
#include "kernel/net/tcp/hystart.hpp"

namespace net::tcp {

class Cubic final : public CongestionControl {
public:
    void start(std::uint32_t mss) override;
    void on_acknowledged(Acknowledged const&) override;
    void on_loss(std::uint32_t in_flight) override;
    void on_recovered(std::uint32_t in_flight) override;
    void on_timeout(std::uint32_t in_flight, bool again) override;
    void on_idle() override;
    void undo() override;

private:
    void slow_start(Acknowledged const&);
    void avoid_congestion(Acknowledged const&);
    void begin_epoch(base::Instant now);
    void grow_estimate(std::uint32_t octets);
    std::uint64_t curve(base::Duration since) const;
    std::uint32_t reduced(std::uint32_t in_flight) const;

    HystartPlusPlus hystart_;
    std::uint32_t mss_ = 536;
    std::uint32_t initial_ = 0;
    // Where the window stands on its way back.
    struct Course {
        std::uint32_t plateau = 0;    // W_max: where the curve is flat
        std::uint32_t before = 0;     // cwnd_prior: the window when the last loss was noticed
        std::uint64_t estimate = 0;   // W_est: what Reno would have, in 1/1024 of an octet
        std::int64_t flat_after = 0;  // K, in milliseconds
        base::Duration elapsed;       // t: since the curve began, as long as the window was used
        base::Instant last;           // when it was used last
        bool in_epoch = false;        // the curve has begun
    };
    Course at_;
    Course before_loss_;
};

}  // namespace net::tcp
