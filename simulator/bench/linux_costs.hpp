// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the Linux guest executes for the same work, counted in the simulator as for ours.
#pragma once

#include "simulator/bench/linux_guest.hpp"

namespace sim::bench {

struct LinuxCosts {
    double ready = 0;    // instructions from the loader's entry until its server listens
    double request = 0;  // of one request on a connection that stays: the median
};
// Throws std::runtime_error: one line.
LinuxCosts count_linux(LinuxGuest const&, std::string const& path);

}  // namespace sim::bench
