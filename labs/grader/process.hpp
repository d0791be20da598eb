// SPDX-License-Identifier: GPL-2.0-or-later
//
// Runs a program to its end with no shell between, so that no path of a student
// is ever read as a command.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lab {

struct ProcessResult {
    int status = 0;      // exit status; 128 + signal for one that was killed
    std::string output;  // standard output and error together, at most 1 MiB
};

// Throws std::runtime_error when the program cannot be started.
ProcessResult run_process(std::vector<std::string> const& arguments, std::filesystem::path const& folder);

}  // namespace lab
