// SPDX-License-Identifier: GPL-2.0-or-later
//
// The commands for those who teach: `viv lab grade`, `viv course make`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>

#include "labs/grader/started.hpp"

namespace lab {

// Adds them. What is returned runs the one that was asked for and returns the exit
// status; none: it was another command.
std::function<std::optional<int>(House const&)> add_course_commands(CLI::App&);

}  // namespace lab
