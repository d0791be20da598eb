// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv explore`: the schedules of a scenario, and the first that fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sim::cli {

struct ExploreWords {
    std::string scenario;
    std::string append, warm, record;
    std::vector<std::string> invariants;
    std::optional<unsigned> preemptions, depth, frames, interrupts, with_preemptions;
    std::string frame_delay, late;
    std::optional<std::uint64_t> runs, most_runs, seed;
    unsigned jobs = 0;  // 0: as many as the host has processors
    bool embed = false;
    bool json = false;
};

void add_explore(CLI::App&, ExploreWords&);

// 0: nothing found within the bounds, which are said; 1: a failure was found and
// recorded; 130: interrupted. Throws std::runtime_error when the scenario cannot
// be run.
int explore(ExploreWords const&);

}  // namespace sim::cli
