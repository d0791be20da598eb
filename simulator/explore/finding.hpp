// SPDX-License-Identifier: GPL-2.0-or-later
//
// A failure, told to people: the schedule and the two accesses with their
// functions and lines, and a recording that opens at them.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "simulator/explore/explorer.hpp"

namespace sim::explore {

// A moment of the failing run, as the source has it.
struct Spot {
    machine::Moment at;
    std::string thread;
    std::string function;  // the program's own, not the lock's or the library's
    std::string line;      // "counting.cpp:33"; may be empty
    std::string what;      // "is preempted", "reads 0x1234", "writes 0x1234"
};

struct Finding {
    std::vector<Spot> preemptions;
    std::optional<Spot> first, second;  // the two accesses
    std::string file;                   // the recording
};

// Runs the failure once more, from moment 0, and records it, with the bookmarks
// "preemption 1", ..., "first access", "second access" and "failure". Throws what
// the recorder throws, and recording::Interrupted, with no file left, when
// `cancelled` (may be empty; asked often) says so.
Finding record(Scenario const&, Failure const&, std::filesystem::path const& file, bool embed,
               std::function<bool()> const& cancelled = {});

// "second writes 0x1234 in races::count (counting.cpp:33) at 312206"
std::string describe(Spot const&);

}  // namespace sim::explore
