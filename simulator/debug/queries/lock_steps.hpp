// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who waited for, took and released one lock, out of what its probes told.
#pragma once

#include <optional>
#include <vector>

#include "simulator/debug/queries/history.hpp"
#include "simulator/debug/queries/past_events.hpp"

namespace sim::debug::queries {

class LockSteps {
public:
    // `last`: when it was taken the last time, if its memory may have become another lock
    // since; what came after that is its own up to its release.
    explicit LockSteps(std::uint64_t lock, std::optional<machine::Moment> last = std::nullopt)
        : lock_(lock), last_(last) {}

    // Each event, the newest first. False: enough.
    bool tell(Event const&, ThreadName const&);

    // Oldest first; the newest most_steps, or as many more as lie behind the last time
    // that it was taken.
    std::vector<LockHistory::Step> steps() const { return {steps_.rbegin(), steps_.rend()}; }
    std::optional<machine::Moment> taken() const { return taken_; }  // the last time
    // Who has it, by its probes; 0: nobody, it was released last. None: not told.
    std::optional<std::uint64_t> holder() const { return holder_; }

    static constexpr std::size_t most_steps = 64;

private:
    void add(LockHistory::Step, std::uint64_t thread);

    std::uint64_t lock_;
    std::optional<machine::Moment> last_;
    struct Later {
        LockHistory::Step step;
        std::uint64_t thread = 0;
    };
    std::vector<Later> later_;  // after `last`, newest first: from a release on, nobody took it before that
    std::vector<LockHistory::Step> steps_;  // newest first
    std::optional<machine::Moment> taken_;
    std::optional<std::uint64_t> holder_;
};

}  // namespace sim::debug::queries
