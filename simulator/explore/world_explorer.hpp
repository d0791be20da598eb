// SPDX-License-Identifier: GPL-2.0-or-later
//
// The search for disturbances that a world does not survive: first nothing, then
// every single one, then pairs, up to the scenario's bounds of frames, interrupts
// and preemptions; then seeded random handfuls, shrunk to those that are needed.
// The fewest come first, of those the earliest, whatever the number of workers.
// What is kept in memory does not grow with the number of runs.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "simulator/explore/explorer.hpp"
#include "simulator/explore/world_laboratory.hpp"

namespace sim::explore {

struct WorldFailure {
    Ending ending;
    std::string machine;
    std::vector<Disturbance> disturbances;
    links::WorldLog log;  // the recording: from time 0 to the end
    bool random = false;  // found by chance, with this seed
    std::uint64_t seed = 0;
    std::size_t before_shrinking = 0;
};

struct WorldResult {
    std::optional<WorldFailure> failure;
    bool interrupted = false;
    bool cut = false;  // most_runs was reached
    std::uint64_t warm_ns = 0;
    std::uint64_t runs = 0, random = 0;
    std::uint64_t events = 0;  // of the free run, that could be disturbed
};

class WorldExplorer {
public:
    WorldExplorer(Scenario const&, unsigned workers);
    ~WorldExplorer();

    // Throws std::runtime_error when the scenario cannot be run. `progress` may be
    // empty; it is called on the caller's thread, some times a second.
    WorldResult run(std::function<void(Progress const&)> const& progress = {});
    // From any thread, once or more: run() returns soon.
    void interrupt() { interrupted_ = true; }

private:
    using Disturbances = std::vector<Disturbance>;
    void search();
    bool prefixes(Disturbances const&, std::vector<Happening> const&, unsigned more,
                  std::function<bool(Disturbances const&)> const& visit);
    bool try_after(std::vector<Disturbances> const& prefixes, WorldLaboratory::Future const& free_run);
    void by_chance(WorldLaboratory::Future const& free_run);
    std::vector<Disturbance> choices(Disturbances const&, std::vector<Happening> const&) const;
    WorldLaboratory::Future future_of(Disturbances const&);
    void describe(Disturbances const&);
    bool tick();

    Scenario scenario_;
    DisturbanceBounds bounds_;
    Workers<WorldLaboratory> workers_;
    Tally tally_;
    std::atomic<bool> interrupted_{false};
    WorldResult result_;
};

// Lives the failure once more, from time 0, and records it: of a world FILE and
// its machines' beside it, of one machine alone FILE. The machine that failed has
// the bookmark "failure"; "disturbance N" is where a machine lost time or one of its
// interrupts is disturbed from.
// Returns the file to open. `cancelled` (may be empty) is asked often: then there
// is no file, and recording::Interrupted is thrown.
std::filesystem::path record(Scenario const&, WorldFailure const&, std::filesystem::path const& file,
                             bool embed, std::function<bool()> const& cancelled = {});

}  // namespace sim::explore
