// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a terminal is told things: lines that are not too long, below a heading.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lab {

constexpr std::size_t line_width = 100;

// The text broken at blanks, so that lines end before `line_width`: the first begins in
// the column `first`, the others after `indent` blanks. A word that is longer than a line
// stays whole: it may be a path, or a command to be copied.
std::string folded(std::string_view text, std::size_t first, std::size_t indent);

// "     Cause  ..." and a line's end: what UsageErrors and diagnoses are told in.
std::string told(std::string_view heading, std::string_view text);

class UsageError;
// All of it: "viv: error: what", the cause if it has one, and what to do next.
std::string to_text(UsageError const&);

}  // namespace lab
