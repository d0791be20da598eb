// SPDX-License-Identifier: GPL-2.0-or-later
//
// A command of the table as a line of words: what the window's prompts and the
// line mode read.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "visualizer/model/commands.hpp"
#include "visualizer/model/model.hpp"

namespace viz::model {

// The argument of a command as a person types it; or one line that says what is
// wrong. Left out where it may be: none.
std::variant<Argument, std::string> parse_argument(CommandInfo const&, std::string_view typed, Model const&);

// "step.line", "go.place packet:3", "select thread idle": a command by its name, or
// by the only one that begins so, and its argument.
std::variant<Request, std::string> parse_request(std::string_view line, Model const&);

// "packet 3", "thread idle", "frame 0x123", "lock 0x...", "event 40", "bytes 0x... [LENGTH]",
// "function NAME", "connection 0x...", "vector 32".
std::variant<Entity, std::string> parse_entity(std::string_view, Model const&);

}  // namespace viz::model
