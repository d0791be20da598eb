// SPDX-License-Identifier: GPL-2.0-or-later
//
// How often was each page of memory read and written? A stretch is lived again with a
// hook on all of RAM, and every access is counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

constexpr std::uint64_t most_instructions_counted = 100'000'000;

struct PageAccesses {
    std::uint64_t page = 0;                     // physical address / 4096
    std::uint64_t reads = 0, writes = 0;        // by instructions
    std::uint64_t walker = 0;                   // accessed and dirty bits that the processor set
    std::uint64_t device = 0;                   // by DMA
    std::string owner;                          // now, as the kernel tells
    std::uint64_t all() const { return reads + writes + walker + device; }
};

struct Accesses {
    machine::Moment from, to;
    std::vector<PageAccesses> pages;  // those that were touched, the busiest first
    bool cancelled = false;
};

// In the last `instructions` before now.
Accesses accesses(Scene&, std::uint64_t instructions);

}  // namespace sim::debug::queries
