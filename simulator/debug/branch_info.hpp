// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is told of a branch: see branches.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "simulator/machine/moment.hpp"

namespace sim::debug {

// 0 is the life that was there first.
using BranchNumber = std::uint32_t;
constexpr BranchNumber original = 0;

struct BranchInfo {
    BranchNumber number = original;
    std::string name;                    // unique; "original", "fork 1", or as a person said
    std::optional<BranchNumber> parent;  // none: the original
    machine::Moment forked_at;           // until here it is its parent's life
    machine::Moment end;                 // the furthest moment reached
    std::size_t inputs = 0;              // of the whole life
    bool active = false;
};

}  // namespace sim::debug
