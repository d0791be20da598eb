// SPDX-License-Identifier: GPL-2.0-or-later
//
// How far a search is: runs so far, runs left, told now and then.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace sim::explore {

struct Progress {
    std::uint64_t runs = 0;
    std::uint64_t left = 0;  // of the present stage, as far as it is known
    double seconds = 0;      // of the host, since the start
    std::string stage;       // "1 preemption", "random"
};

class Tally {
public:
    // A search begins. `tell` may be empty.
    void begin(std::function<void(Progress const&)> tell) {
        tell_ = std::move(tell);
        began_ = told_ = Clock::now();
        runs_ = planned_ = 0;
    }
    // Nothing of it is planned so far, whatever was left of the one before.
    void stage(std::string name) {
        stage_ = std::move(name);
        plan(0);
    }
    // So many runs are to come from here on.
    void plan(std::uint64_t runs) { planned_ = runs_ + runs; }
    // A run is over. The only call that any thread may make.
    void count() { ++runs_; }

    Progress progress() const {
        std::uint64_t const runs = runs_;
        return {runs, planned_ > runs ? planned_ - runs : 0,
                std::chrono::duration<double>(Clock::now() - began_).count(), stage_};
    }
    // Tells it, unless it has just been told.
    void tick() {
        if (!tell_ || Clock::now() - told_ < std::chrono::milliseconds(200)) return;
        told_ = Clock::now();
        tell_(progress());
    }

private:
    using Clock = std::chrono::steady_clock;
    std::function<void(Progress const&)> tell_;
    Clock::time_point began_, told_;
    std::atomic<std::uint64_t> runs_{0};
    std::uint64_t planned_ = 0;  // when there will have been so many, the stage is over
    std::string stage_;
};

}  // namespace sim::explore
