// SPDX-License-Identifier: GPL-2.0-or-later
//
// The neutral report in the forms of others. Each takes results.json as `lab grade`
// writes it, also one without a verdict (checks missing, "problem" says why), and gives
// text that is always valid in the other form.
#pragma once

#include <string>

namespace lab {

// What Gradescope reads from /autograder/results/results.json: a test a check.
std::string to_gradescope(std::string const& results);

// What GitHub Classroom's reporter reads from a step's output, before base64.
std::string to_classroom(std::string const& results);

// A report that says only why there is none.
std::string results_without_verdict(int lab, int out_of, std::string const& problem);

std::string base64(std::string const& bytes);

}  // namespace lab
