// SPDX-License-Identifier: GPL-2.0-or-later
//
// Commands about stops, for whoever drives a machine, and what a snapshot says of them.
#pragma once

#include <string>

#include "simulator/debug/command.hpp"
#include "simulator/debug/snapshot.hpp"
#include "simulator/debug/stops.hpp"

namespace sim::debug {

// Empty, or why there is none of this number.
std::string no_processor(std::optional<unsigned> number, unsigned processors);

void carry_out(SetBreakpoint const&, Stops&, Symbols const&, CommandOutcome&);
void carry_out(AddStop const&, Stops&, unsigned processors, CommandOutcome&);
void carry_out(RemoveStop const&, Stops&, CommandOutcome&);
void carry_out(EnableStop const&, Stops&, CommandOutcome&);

// Fills `stops` and `breakpoints` anew.
void show_stops(Snapshot&, Stops const&, Symbols const&);

}  // namespace sim::debug
