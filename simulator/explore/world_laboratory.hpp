// SPDX-License-Identifier: GPL-2.0-or-later
//
// One world on which many short futures are tried, each from the same warm time
// with other disturbances. A single machine is a world of one. For schedules of
// threads see laboratory.hpp.
//
// One thread uses a WorldLaboratory; several may work side by side.
#pragma once

#include <atomic>
#include <memory>
#include <set>

#include "simulator/explore/disturbance.hpp"
#include "simulator/explore/laboratory.hpp"
#include "simulator/explore/world_faults.hpp"
#include "simulator/recording/joined_world.hpp"

namespace sim::explore {

class WorldLaboratory {
public:
    // Throws std::runtime_error when the world cannot be built.
    explicit WorldLaboratory(Scenario const&);
    ~WorldLaboratory();

    // Lives to the scenario's warm moment: a virtual time, a count (of a machine
    // that is alone), or the probe that every machine reaches. Throws
    // std::runtime_error when it never comes, recording::Interrupted when somebody
    // calls interrupt().
    void warm_up();
    // Of another laboratory of the same scenario: no need to live to it again.
    void take_warm(WorldLaboratory const& other) {
        warm_ = other.warm_;
        faults_ = other.faults_;
    }
    std::uint64_t warm_ns() const { return warm_.now_ns; }

    struct Future {
        Ending ending;
        std::string machine;            // whose ending it is
        std::vector<Happening> events;  // in the order of time: each could be disturbed
        bool truncated = false;         // there were more than are kept
    };
    Future run(std::vector<Disturbance> const&);
    // The log of the last future: with it the world is lived again from time 0.
    links::WorldLog log() const { return world_->network().log(); }

    // From any thread: the current future ends with Verdict::interrupted.
    void interrupt() { interrupted_ = true; }

    static constexpr std::size_t most_events = 20'000;
    static recording::WorldOptions options_of(Scenario const&);

private:
    class Ears;
    bool over(Future&);
    void run_warm(std::uint64_t until_ns, std::function<bool()> const& done = {});

    Scenario scenario_;
    std::unique_ptr<recording::JoinedWorld> world_;
    std::vector<std::unique_ptr<Ears>> ears_;  // one a processor; goes before the world
    FaultsOf faults_;                          // of the topology, that have not come yet
    std::set<std::string> waiting_for_;        // machines, to reach the warm probe
    links::Network::Checkpoint warm_;
    std::vector<Happening>* events_ = nullptr;
    std::uint64_t frames_ = 0;
    std::atomic<bool> interrupted_{false};
};

}  // namespace sim::explore
