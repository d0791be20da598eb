// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

namespace sim::bench {

// Another program to its end, silent; the processor time of it and its children,
// in seconds. Throws std::runtime_error when it ends in another way than expected.
double run_program(std::vector<std::string> const& words, int expected_status);

// The same for what it says on stdout.
std::string read_program(std::vector<std::string> const& words, int expected_status);

}  // namespace sim::bench
