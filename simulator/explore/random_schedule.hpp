// SPDX-License-Identifier: GPL-2.0-or-later
//
// Strategies for Laboratory::steer(). RandomPriorities is PCT: every thread gets
// a random priority when it is first seen, the ready thread of the highest one
// runs, and at d-1 random steps the running thread falls below all others. A bug
// that needs d ordered steps is found with a probability of at least
// 1 / (n * k^(d-1)) in each run of n threads and k steps. [Burckhardt et al. 2010]
//
// FixedPlaces repeats a schedule, or a part of it, by its places: before the
// n-th step of a thread. Moments would shift when a preemption is left out.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "simulator/explore/laboratory.hpp"

namespace sim::explore {

// Before this step of this thread; the first is 1.
struct Place {
    std::uint64_t thread = 0;
    std::uint64_t step = 0;
    friend auto operator<=>(Place const&, Place const&) = default;
};

class RandomPriorities final : public Laboratory::Strategy {
public:
    // `steps`: about how many a run has. `depth` at least 1.
    RandomPriorities(std::uint64_t seed, unsigned depth, std::uint64_t steps);

    bool preempt_at_probe(ThreadTracker const&, ThreadTracker::Seen const&) override;
    bool preempt_at_step(ThreadTracker const&, std::uint64_t address) override;

    // Where it preempted.
    std::vector<Place> const& places() const { return places_; }

private:
    std::uint64_t priority(std::uint64_t thread);
    bool outranked(ThreadTracker const&);
    void note(std::uint64_t thread) { places_.push_back({thread, steps_of_[thread] + 1}); }

    std::uint64_t seed_;
    std::set<std::uint64_t> changes_;  // numbers of the steps at which a thread falls
    std::uint64_t step_ = 0, next_low_;
    std::map<std::uint64_t, std::uint64_t> priorities_, steps_of_;
    std::vector<Place> places_;
};

class FixedPlaces final : public Laboratory::Strategy {
public:
    explicit FixedPlaces(std::vector<Place> const& places) : places_(places.begin(), places.end()) {}
    bool preempt_at_step(ThreadTracker const&, std::uint64_t address) override;

private:
    std::set<Place> places_;
    std::map<std::uint64_t, std::uint64_t> steps_of_;
};

}  // namespace sim::explore
