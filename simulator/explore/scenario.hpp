// SPDX-License-Identifier: GPL-2.0-or-later
//
// What shall be explored, and how far. Written as "APP" ("races"), "APP:N" (the
// application's word race=N, "races:3"), "APP:N:fixed", or as the name of a JSON
// file; docs/reference/explore.md lists its fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/links/topology.hpp"
#include "simulator/machine/config.hpp"

namespace sim::explore {

struct Scenario {
    std::string name;                     // as the user wrote it
    machine::MachineConfig config;        // image loaded
    std::string warm = "app_ready";       // a probe's name, or a moment
    std::uint64_t stall_ns = 10'000'000;  // what a preemption takes: the kernel's time slice, or more
    // A run that does not end within these, after the warm moment, makes no progress.
    std::uint64_t limit_instructions = 100'000'000;
    std::uint64_t limit_ns = 60'000'000'000;
    std::vector<std::string> invariants;  // expressions that must hold at every switch of threads
    unsigned preemptions = 2;             // all schedules with at most so many
    std::uint64_t most_runs = 1'000'000;  // and at most so many runs of them
    std::uint64_t random_runs = 500;      // then so many with random priorities (PCT)
    unsigned depth = 3;                   // of those: switches that the bug may need, at least 1
    std::uint64_t seed = 1;               // the first of their seeds
    // Disturbances besides: of at most so many frames, and of so many interrupts.
    unsigned frames = 0, interrupts = 0;
    unsigned disturbed_preemptions = 0;  // and together with these, at the kernel's thread and lock probes
    std::uint64_t frame_delay_ns = 5'000'000;  // of a frame that comes late: others overtake it
    std::uint64_t late_ns = 20'000'000;        // of an interrupt that comes late
    // Of several machines, in place of `config`: the topology, its text, and what
    // its machines are. Its schedules are tried as disturbances only.
    std::optional<links::Topology> topology;
    std::string topology_text;
    std::vector<machine::MachineConfig> configs;
};

// Throws std::runtime_error: one line with the cause and the next step.
Scenario scenario_of(std::string const& word);
// The text of a scenario file. The file is not trusted.
Scenario parse_scenario(std::string_view json, std::string const& name);

}  // namespace sim::explore
