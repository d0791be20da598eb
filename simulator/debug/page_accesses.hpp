// SPDX-License-Identifier: GPL-2.0-or-later
//
// How often each page of RAM was read and written in a stretch of a life, and which
// function did most of it. Told by the question `accesses`, and to the map of memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/machine/moment.hpp"

namespace sim::debug {

constexpr std::uint64_t most_instructions_counted = 100'000'000, instructions_counted = 1'000'000;

// Which stretch. `from` none: as many instructions as that before its end; `to` none: now.
struct AccessRequest {
    std::optional<machine::Moment> from, to;
    bool operator==(AccessRequest const&) const = default;
};

struct PageAccesses {
    // The function whose instructions did it most often. None: none did, or it is not known.
    struct By {
        std::string function;
        std::uint64_t times = 0;
    };
    std::uint64_t page = 0;              // physical address / 4096
    std::uint64_t reads = 0, writes = 0;  // by instructions; their being fetched does not count
    std::uint64_t walker = 0;            // accessed and dirty bits that the processor set
    std::uint64_t device = 0;            // writes by DMA
    std::string owner;                   // now, as the kernel tells
    By most_reads, most_writes;
    std::uint64_t all() const { return reads + writes + walker + device; }
    std::uint64_t written() const { return writes + walker + device; }
};

struct Accesses {
    machine::Moment from, to;
    std::uint64_t from_ns = 0, to_ns = 0;
    std::vector<PageAccesses> pages;  // those that were touched, the busiest first
    bool cancelled = false;           // it is counted until `to` only
};

}  // namespace sim::debug
