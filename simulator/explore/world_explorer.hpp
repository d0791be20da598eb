// SPDX-License-Identifier: GPL-2.0-or-later
//
// The search for disturbances that a world does not survive: first nothing, then
// every single one, then pairs, up to the scenario's bounds of frames and of
// interrupts; then seeded random handfuls, shrunk to those that are needed. The
// fewest come first, of those the earliest, whatever the number of workers.
#pragma once

#include <chrono>
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
    // From any thread.
    void interrupt();

private:
    struct Node {
        std::vector<Disturbance> disturbances;
        std::vector<WorldLaboratory::Event> events;
    };
    std::vector<Disturbance> choices_after(Node const&) const;
    std::optional<WorldFailure> with_one_more(std::vector<Node>& nodes, bool last);
    std::optional<WorldFailure> by_chance(Node const& free_run);
    WorldFailure describe(std::vector<Disturbance> const&);
    // The lowest number whose job returns true, or `count`.
    std::size_t lowest(std::size_t count, std::function<bool(WorldLaboratory&, std::size_t)> const& job);
    bool tick();

    Scenario scenario_;
    std::vector<std::unique_ptr<WorldLaboratory>> laboratories_;
    std::function<void(Progress const&)> progress_;
    std::chrono::steady_clock::time_point began_, told_;
    std::atomic<std::uint64_t> runs_{0}, planned_{0};
    std::atomic<bool> interrupted_{false};
    std::string stage_;
    WorldResult result_;
};

// Lives the failure once more, from time 0, and records it: of a world FILE and
// its machines' beside it, of one machine alone FILE. The machine that failed has
// the bookmark "failure", those that interrupts were taken from "disturbance N".
// Returns the file to open.
std::filesystem::path record(Scenario const&, WorldFailure const&, std::filesystem::path const& file,
                             bool embed);

}  // namespace sim::explore
