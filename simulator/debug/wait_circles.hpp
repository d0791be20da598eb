// SPDX-License-Identifier: GPL-2.0-or-later
//
// Threads that wait for each other: a thread waits for one lock, a lock has one holder,
// so whoever follows them comes to an end, or round again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/debug/kernel_view.hpp"

namespace sim::debug {

// This thread waits for this lock, which the next step's thread holds; the last one's the first's.
struct WaitStep {
    std::uint64_t thread = 0, lock = 0;
    bool operator==(WaitStep const&) const = default;
};
// Each begins with the thread of the lowest address, and they are in that order.
std::vector<std::vector<WaitStep>> wait_circles(KernelView const&);

}  // namespace sim::debug
