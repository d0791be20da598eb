// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bytes of an instruction as a processor would fetch them, for this folder only.
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/machine/machine.hpp"

namespace sim::explore {

// 15 at most; fewer where what follows is not mapped or no RAM. Touches no device.
inline std::vector<std::uint8_t> code_at(machine::Machine const& machine, unsigned cpu, std::uint64_t rip) {
    std::vector<std::uint8_t> bytes;
    engine::CpuState const state = machine.cpu(cpu).state();
    for (std::uint64_t linear = state.cs.base + rip; bytes.size() < 15; ++linear) {
        auto const walk = machine.cpu(cpu).walk(linear, engine::Access::fetch, state.privilege == 3);
        std::uint8_t byte = 0;
        if (!walk.present || !machine.peek(walk.physical, {&byte, 1})) break;
        bytes.push_back(byte);
    }
    return bytes;
}

}  // namespace sim::explore
