// SPDX-License-Identifier: GPL-2.0-or-later
//
// The view "heat" as rows: neighbouring frames of one owner that last changed in
// the same stretch. For both of its twins.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

struct HeatRun {
    std::uint64_t first = 0, frames = 0;  // frame numbers
    PageHeat::Stretch stretch;
    std::string owner;  // empty: the kernel does not tell
};
// The newest changes first, then by address; those since `since_ns`. Needs Snapshot::heat.
std::vector<HeatRun> heat_runs(Snapshot const&, std::uint64_t since_ns);

// "1.2 ms", of a change at the end of a stretch; "" when it lies after now.
std::string age_of(PageHeat::Stretch const&, std::uint64_t now_ns);

}  // namespace sim::debug
