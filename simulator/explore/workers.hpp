// SPDX-License-Identifier: GPL-2.0-or-later
//
// Laboratories side by side, one thread each, that take numbered jobs. What they
// find does not depend on their number: a job's result depends on the job alone,
// and whoever asks takes the lowest number that succeeded.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "simulator/explore/laboratory.hpp"

namespace sim::explore {

class Workers {
public:
    Workers(Scenario const&, std::shared_ptr<Subject const>, unsigned count);

    Laboratory& first() { return *laboratories_.front(); }

    // Calls job(laboratory, number) for the numbers below `count`, in about that
    // order. A job that returns true has found something: higher numbers are no
    // longer begun. `tick` is called on this thread now and then; when it returns
    // false, all jobs are interrupted. Returns the lowest number that found
    // something, or `count`. Rethrows what a job threw.
    using Job = std::function<bool(Laboratory&, std::size_t)>;
    std::size_t run(std::size_t count, Job const&, std::function<bool()> const& tick);
    // A job asks: is a lower number than mine done already?
    bool pointless(std::size_t number) const { return number > best_.load(); }

private:
    std::vector<std::unique_ptr<Laboratory>> laboratories_;
    std::atomic<std::size_t> best_{0};
};

}  // namespace sim::explore
