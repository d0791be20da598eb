// SPDX-License-Identifier: GPL-2.0-or-later
//
// What becomes of the frames between a machine and its outside, in words, as whoever stands
// between tells it, for the machine's capture. None of it reaches the machine or its log.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "simulator/links/link.hpp"

namespace sim::links {

struct FrameFates {
    // On the way in: of each frame that poll() gave, in that order, and those that it never will.
    // Whoever is nearer to the machine takes what those further out have told, and tells anew.
    std::deque<std::string> arrived;
    struct Lost {
        std::uint64_t at_ns = 0;
        Frame frame;
        std::string fate;
    };
    std::vector<Lost> lost;
    // On the way out: of the frame that output() was last called with.
    std::string sent;
};

// "under way for 20ms", "doubled by a fault": one behind the other.
inline void add_fate(std::string& fates, std::string const& one) {
    if (!fates.empty() && !one.empty()) fates += ", ";
    fates += one;
}

}  // namespace sim::links
