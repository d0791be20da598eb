// SPDX-License-Identifier: GPL-2.0-or-later
//
// Counts the accesses to each page: a stretch is lived again with a hook on all of RAM.
#pragma once

#include "simulator/debug/page_accesses.hpp"
#include "simulator/debug/scene.hpp"

namespace sim::debug {

// The machine stands afterwards where it stood. What is longer than can be counted is
// counted from its end.
Accesses count_accesses(Scene const&, Interval);

// What is asked for, in a life that is known until `end`.
Interval stretch_of(AccessRequest const&, machine::Moment now, machine::Moment end);

}  // namespace sim::debug
