// SPDX-License-Identifier: GPL-2.0-or-later
//
// The search: all schedules with no preemption, then with one, then with two,
// up to the scenario's bound; then runs with random priorities (PCT). The first
// failure of the smallest number of preemptions ends it, the earliest in the
// order of the schedules, whatever the number of workers.
//
// "All" means: all that differ in the order of conflicting accesses. A
// preemption is tried only where it can change that order (access_trace.hpp),
// and a schedule whose order was seen is not continued.
//
// After: Musuvathi and Qadeer, iterative context bounding (PLDI 2007), and
// Burckhardt et al., PCT (ASPLOS 2010).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "simulator/explore/laboratory.hpp"
#include "simulator/explore/random_schedule.hpp"
#include "simulator/explore/tally.hpp"
#include "simulator/explore/workers.hpp"

namespace sim::explore {

struct Failure {
    Ending ending;
    std::vector<Preemption> preemptions;
    bool random = false;  // found by PCT, with this seed
    std::uint64_t seed = 0;
    std::size_t before_shrinking = 0;    // preemptions of the run that found it
    std::vector<machine::Input> inputs;  // the recording: from moment 0 to the end
    AccessTrace trace;                   // from the warm moment
    std::optional<Pair> pair;            // of the trace: the two accesses that met
};

struct Result {
    std::optional<Failure> failure;
    bool interrupted = false;
    bool cut = false;  // most_runs was reached: not all schedules within the bound
    machine::Moment warm;
    Ending free_run;
    std::uint64_t runs = 0;
    std::uint64_t schedules = 0;  // within the bound
    std::uint64_t equal = 0;      // whose order of accesses had been seen
    std::uint64_t random = 0;
    std::vector<std::uint64_t> by_preemptions;  // runs with 0, 1, 2, ...
};

class Explorer {
public:
    // `most_held`: bytes, of what is known of schedules that others go on from; what
    // is forgotten is found out again, and the result is the same.
    Explorer(Scenario const&, unsigned workers, std::uint64_t most_held = 256 << 20);
    ~Explorer();

    // Throws std::runtime_error when the scenario cannot be run. `progress` may be
    // empty; it is called on the caller's thread, some times a second.
    Result run(std::function<void(Progress const&)> const& progress = {});
    // From any thread, once or more: run() returns soon.
    void interrupt() { interrupted_.store(true); }

private:
    using Prefix = std::vector<machine::Moment>;
    // What a watched run of a schedule has told, and what it takes in memory.
    struct Known {
        Start start;                        // after the last preemption
        std::vector<machine::Moment> next;  // where one more can come
        std::uint64_t bytes = 0;
    };
    // A schedule that was tried, and from which others go on. What is known of it
    // is forgotten when there is too much: then it is run once more.
    struct Node {
        Prefix preemptions;
        std::uint64_t order = 0;  // order_hash() of its run
        std::optional<Known> known;
    };
    void search();
    std::vector<Node> free_run();
    void learn(Node&, Laboratory::Observed&);
    void forget(Node&);
    std::optional<Prefix> with_one_more(std::vector<Node>& nodes, bool last);
    std::optional<Prefix> try_some(std::span<Node const>, bool last, std::vector<Node>& grown);
    std::optional<Failure> randomised();
    Failure shrink(Laboratory&, RandomPriorities&);
    Failure describe(Prefix const&);
    Failure describe(Laboratory&, Prefix const&);
    bool tick();

    Scenario scenario_;
    std::shared_ptr<Subject const> subject_;
    Workers<Laboratory> workers_;
    std::uint64_t most_held_;
    std::atomic<bool> interrupted_{false};
    Tally tally_;

    Result result_;
    Start warm_;
    std::set<std::uint64_t> pages_;       // that two threads touched in the free run
    std::set<std::uint64_t> orders_;      // seen
    std::vector<std::uint64_t> steps_;    // instructions that touch what two threads touch
    std::atomic<std::uint64_t> held_{0};  // bytes, of what is known of nodes
};

}  // namespace sim::explore
