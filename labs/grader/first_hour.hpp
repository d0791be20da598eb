// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 0, the first hour: the checks.
#pragma once

#include <filesystem>
#include <vector>

#include "labs/grader/verdict.hpp"

namespace lab {

// `elf` is the student's kernel, `original` the one that the starter was cut
// from. A failure's recording is written into `folder`.
std::vector<Verdict> check_first_hour(std::filesystem::path const& elf, std::filesystem::path const& original,
                                      std::filesystem::path const& folder);

}  // namespace lab
