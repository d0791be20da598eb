// SPDX-License-Identifier: GPL-2.0-or-later
//
// The doctor for worlds of several machines: one life, lived in every manner
// that must make no difference (stopped at random times, its state put into
// another world, visited in the past, built in another order, looked into), and
// the whole world compared. On a difference it says when and in which machine,
// and which of its inputs came first that was another; when all were alike, the
// machine's own recording is for doctor.hpp.
#pragma once

#include "simulator/recording/doctor.hpp"
#include "simulator/recording/joined_world.hpp"

namespace sim::recording {

enum class WorldManner : std::uint8_t { straight, again, stopped, restored, visited, reversed, observed };
std::string to_string(WorldManner);

// The world at time 0, with its log; `reversed`: built in the other order.
using MakeWorld = std::function<std::unique_ptr<JoinedWorld>(bool reversed)>;

struct WorldDiagnosis {
    struct Row {
        WorldManner manner = WorldManner::straight;
        std::size_t equal = 0;  // samples that were
        bool same = false;
    };
    bool same = false;
    std::uint64_t seed = 0, end_ns = 0, hash = 0;
    std::vector<Row> rows;
    std::uint64_t first_different_ns = 0;  // the first sample that was
    std::vector<std::string> parts;        // machines, "the links"
    std::string text;                      // one line
};

// From time 0 to `end_ns`. Of the options seed, samples, progress and cancelled
// count. Throws Interrupted, and what making a world throws.
WorldDiagnosis examine_world(MakeWorld const&, std::uint64_t end_ns, DoctorOptions const&);

}  // namespace sim::recording
