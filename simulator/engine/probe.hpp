// SPDX-License-Identifier: GPL-2.0-or-later
//
// An instruction that is executed for show, to find the byte at which it faults
// (stepper.cpp, find_fault_address()).
#pragma once

#include <optional>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

struct Probe {
    bool active = false;
    VirtAddr page = 0;  // that was refused, for this access
    Access access = Access::read;
    std::optional<unsigned> offset;  // of the first byte that it touches there
    struct Granted {
        VirtAddr page;
        PhysAddr frame;
    };
    std::vector<Granted> granted;           // pages that stand in for others
    std::optional<VirtAddr> crossing_into;  // the page into which its last access went over a boundary
};

}  // namespace sim::engine
