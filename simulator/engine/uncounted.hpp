// SPDX-License-Identifier: GPL-2.0-or-later
//
// What counting costs: the same processor, the same address translation, and
// nobody who counts. For measurements only: without a count there is no moment,
// so no interrupt, no time stamp and no device has its place.
#pragma once

#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

// Runs on from `state` in `ram`, which it changes, to the next port access, and
// returns the state there; RIP may be some instructions further. Page faults and
// other exceptions are delivered. The code in between must not read the time,
// wait, or touch a device: throws std::runtime_error if a device is asked or the
// processor stops.
CpuState run_uncounted(std::vector<RamRegion> ram, CpuState const& state);

}  // namespace sim::engine
