// SPDX-License-Identifier: GPL-2.0-or-later
//
// When a guest that runs is looked at. It stands still meanwhile: a tenth of the time at
// most, however often what is wanted changes.
#pragma once

#include <algorithm>
#include <chrono>

namespace sim::attach {

class Looks {
public:
    using Clock = std::chrono::steady_clock;

    explicit Looks(Clock::duration every) : every_(every) {}

    // `asked`: somebody waits for an answer, and shall not wait for the next look by itself.
    bool due(Clock::time_point now, bool asked) const { return now >= (asked ? soonest_ : next_); }
    void looked(Clock::time_point begin, Clock::time_point end) {
        constexpr int share = 10;
        soonest_ = end + (end - begin) * (share - 1);
        next_ = std::max(soonest_, end + every_);
    }

private:
    Clock::duration every_;
    Clock::time_point soonest_, next_;
};

}  // namespace sim::attach
