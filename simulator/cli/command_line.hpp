// SPDX-License-Identifier: GPL-2.0-or-later
//
// The program viv-machine, as a function: ./viv hands over to it.
#pragma once

namespace sim::cli {

// Returns the exit status. Says what is wrong on stderr, in one line.
int main_program(int count, char const* const* words);

}  // namespace sim::cli
