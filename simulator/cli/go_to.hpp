// SPDX-License-Identifier: GPL-2.0-or-later
//
// A recording, at the place that its user wrote behind the @.
#pragma once

#include "simulator/debug/destination.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::cli {

// The machine, at moment 0 and observed by `observation`, from there to the
// place. False: Ctrl-C. Throws std::runtime_error when there is no such place.
bool go_to(recording::Recording const&, machine::Machine&, debug::Observation&, debug::Destination const&);

// Where the place is. A time or an event is found by living the recording once,
// on a machine of its own.
machine::Moment moment_of(recording::Replay const&, debug::Destination const&);

}  // namespace sim::cli
