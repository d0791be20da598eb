// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a processor begins that was woken by another one: in 16-bit real mode,
// at the start of a page below 1 MiB. From there the guest's own code finds its
// way to protected and long mode. [sdm-3a §8.4.2, §9.1.1, §20.1]
#pragma once

#include <cstdint>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

// What INIT makes of a processor's state; `signature` is CPUID leaf 1's EAX.
// CD and NW of CR0, the x87 and SSE state and most model-specific registers
// stay as they were. [sdm-3a table 9-1]
CpuState after_init(CpuState const& before, std::uint32_t signature);

// As after power-up: like INIT, with nothing left of what was.
CpuState after_power_up(std::uint32_t signature);

// The start-up message: CS:IP = page << 8 : 0.
void start_up_at(CpuState& state, std::uint8_t page);

}  // namespace sim::engine
