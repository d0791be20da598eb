// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the value that an instruction stores came from: followed back through
// the registers, instruction by instruction, until it was loaded from memory or
// made by arithmetic. What the guest executed is known exactly; nothing is guessed.
#pragma once

#include <optional>
#include <string>

#include "simulator/debug/queries/last_write.hpp"

namespace sim::debug::queries {

struct ValueOrigin {
    std::string text;                    // for a person
    std::optional<WrittenRange> memory;  // where it was loaded from
    machine::Moment at;                  // by the instruction at this moment
};

// Of the store at a moment; `written`: the physical address that it wrote to.
// Moves the machine: inside a Search only.
ValueOrigin origin_of_store(Scene&, Search&, machine::Moment at, engine::PhysAddr written);

}  // namespace sim::debug::queries
