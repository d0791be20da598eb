// SPDX-License-Identifier: GPL-2.0-or-later
//
// One submission is built and judged at a desk: a folder of its own with the
// student's files, `build` for what the compiler makes and `judged` for the results.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "labs/course/submission.hpp"
#include "labs/course/workshop.hpp"

namespace lab {

struct DeskResult {
    bool built = false;
    bool judged = false;
    std::string problem;             // of what was not done
    std::string results;             // results.json as the judge wrote it
    int points = 0;                  // in it
    std::string broke;               // which of its checks is `broken`, and why; empty: none
    std::filesystem::path evidence;  // the folder with fail-*.run
    double processor_seconds = 0;
    std::uint64_t memory_bytes = 0;
};

// Exposed for tests. Which check of a report is `broken`, and why; empty: none.
std::string what_broke(nlohmann::json const& report);

// Exposed for tests. What a submission is told that was not built, by what the tools said in
// `folder`. The first line is for the class's list.
std::string first_error(std::string const& said, Definition const&, std::filesystem::path const& folder);

// `desk` is made. Throws std::runtime_error when the host fails.
DeskResult work_at_desk(House const&, Definition const&, Submission const&, Workshop const&, Confinement,
                        Allowance const&, std::filesystem::path const& desk);

}  // namespace lab
