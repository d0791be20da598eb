// SPDX-License-Identifier: GPL-2.0-or-later
//
// The recording that a failure leaves: the whole life of the student's machine,
// its image inside, and a bookmark at the first bad moment.
#pragma once

#include <filesystem>
#include <string>

#include "labs/grader/student_run.hpp"
#include "labs/grader/verdict.hpp"

namespace lab {

// Writes folder/fail-NAME.run and returns its path. The machine is at another
// moment afterwards.
std::string record_failure(StudentRun&, std::string const& name, Finding const&,
                           std::filesystem::path const& folder);

// The bookmark's name in such a file.
constexpr char const* first_bad = "first-bad";

}  // namespace lab
