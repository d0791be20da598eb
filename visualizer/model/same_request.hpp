// SPDX-License-Identifier: GPL-2.0-or-later
//
// One thing can be done in several ways: a key, a step of the chosen unit, a click.
#pragma once

#include "visualizer/model/commands.hpp"
#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

// The command that says what is meant: "step.forward" by packets is "next.packet",
// "perspective.network" is "perspective network".
Request plainly(Request, ViewState const&);
// Is what was done what was wanted? A command that is wanted without an argument
// may have any.
bool does_the_same(Request const& done, Request const& wanted, Model const&, ViewState const&);

}  // namespace viz::model
