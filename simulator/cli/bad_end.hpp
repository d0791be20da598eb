// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `viv run` says of a guest that ended badly: the first bad moment, why it
// was bad, and the recording that opens there.
#pragma once

#include <optional>

#include "simulator/cli/run_options.hpp"
#include "simulator/explore/diagnosis.hpp"

namespace sim::cli {

// Fills in outcome.bad and, when nothing was recorded so far, records the run
// into the user's cache folder (the last bad end of an image replaces the one
// before; `name` is its file's). Moves the machine. `spin`: it was stopped because it spins;
// `noted`: when it went wrong, as whoever stopped it knows.
void explain(std::string const& name, Outcome&, machine::Machine&, explore::Lookback const&,
             machine::RunResult const&, explore::SpinCheck const* spin, std::optional<machine::Moment> noted);

// Of a guest that did something odd and ended well: how to look at that.
void point_at(Outcome const&, machine::Moment odd);

}  // namespace sim::cli
