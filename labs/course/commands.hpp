// SPDX-License-Identifier: GPL-2.0-or-later
//
// The commands for those who teach: `viv lab grade`, `viv course make`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>

#include "labs/grader/started.hpp"

namespace lab {

// Runs the command that was asked for and returns the exit status; none: it was another.
using CourseCommand = std::function<std::optional<int>(House const&)>;

CourseCommand add_grade_command(CLI::App&);
CourseCommand add_course_command(CLI::App&);

}  // namespace lab
