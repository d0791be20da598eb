// SPDX-License-Identifier: GPL-2.0-or-later
//
// Exit statuses of `viv`, the same for every target. The guest's own 0 to 99
// are passed on.
#pragma once

#include <cstdint>

namespace sim::cli {

enum Status : int {
    status_right = 0,
    status_differs = 1,    // of verdicts: no
    status_wrong_use = 2,  // before the guest runs: bad options, bad input
    status_panic = 101,    // the guest's own panic
    status_triple_fault = 102,
    status_reset = 103,        // the guest reset the machine, which ends the run
    status_limit = 124,        // a limit was reached, or nothing more can happen
    status_tool_failed = 125,  // after the guest had started
    status_interrupted = 130,  // Ctrl-C
};

// What a guest wrote to the exit device, as the status of this program.
constexpr int status_of_guest(std::uint32_t value) {
    return value <= 99 || value == status_panic || value == status_reset
               ? static_cast<int>(value)
               : static_cast<int>(status_tool_failed);
}

}  // namespace sim::cli
