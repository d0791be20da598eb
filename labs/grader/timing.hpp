// SPDX-License-Identifier: GPL-2.0-or-later
//
// How long a student waits from an edit to the verdict: for each lab our solution is
// edited (a comment more in each file), and `viv lab check` is run as a student runs it.
// A measurement, and no test: docs/reference/edit-to-verdict.md keeps one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "labs/grader/started.hpp"

namespace lab {

struct TimeOptions {
    std::optional<int> lab{};  // none: all
    unsigned rounds = 3;       // of which the median counts
};

struct Waited {
    std::string check;  // empty: all of the lab
    CheckKind kind = CheckKind::simulator;
    // As the clock on the wall counts them, and as processors do: a busy computer changes
    // the first, and hardly the second.
    double seconds = 0, processor_seconds = 0;
};

// Of one lab: each check on the host and in the simulator alone, with what it needs, then
// all. `program` is viv-lab.
std::vector<Waited> time_lab(House const&, Definition const&, std::filesystem::path const& program,
                             unsigned rounds);

// A row of Markdown: the slowest check of each kind, and all.
std::string row_of(Definition const&, std::vector<Waited> const&);

// Prints the table, row by row, and below it what it was measured on.
void time_and_print(House const&, std::filesystem::path const& program, TimeOptions const&);

}  // namespace lab
