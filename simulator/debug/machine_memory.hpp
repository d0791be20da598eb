// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine's memory as one of its processors sees it, at this moment and for it only.
#pragma once

#include "simulator/debug/guest_memory.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

inline GuestMemory memory_of(machine::Machine& machine, unsigned processor = 0) {
    return {paging_of(machine.cpu(processor).state()),
            [&machine](std::uint64_t address, std::span<std::uint8_t> into) {
                return machine.peek(address, into);
            }};
}

}  // namespace sim::debug
