// SPDX-License-Identifier: GPL-2.0-or-later
//
// Is it this image that the guest runs? Names and types of another one would be wrong.
#pragma once

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/machine/config.hpp"

namespace sim::attach {

enum class Match : std::uint8_t { same, different, unknown };  // unknown: its code is not mapped yet

// Compares functions here and there.
Match compare_code(machine::Blob const& image, debug::Symbols const&, debug::GuestMemory const&);

}  // namespace sim::attach
