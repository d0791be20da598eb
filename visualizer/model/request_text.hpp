// SPDX-License-Identifier: GPL-2.0-or-later
//
// A request as the line of words that makes it: the way back of command_line.hpp.
// Places are named so that they are found again in another build: events before
// counts, names before addresses.
#pragma once

#include <string>

#include "visualizer/model/commands.hpp"
#include "visualizer/model/model.hpp"

namespace viz::model {

// "packet:6", "fault:1": an event at this very moment; else the last one before it,
// and `exact` is false; else "start".
struct PlaceText {
    std::string text;
    bool exact = true;
};
PlaceText place_text(sim::machine::Moment, Model const&);

std::string entity_text(Entity const&, Model const&);
std::string request_text(Request const&, Model const&);

}  // namespace viz::model
