// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the graders themselves are tried on: for each lab the untouched starter,
// the solution (the kernel as it is), mutants (wrong in one place, each to be
// found by the check that is meant for it) and wheats (right in another way).
//
// A mutant is a file labs/NN-name/mutants/NAME.mutant:
//
//     # Says in a sentence what is wrong.
//     check: inside-ram
//     message: a regular expression that what was seen matches
//     file: frame_allocator.cpp
//     <<<<
//     text of the solution, which stands there exactly once
//     ====
//     what stands there instead
//     >>>>
//
// with one change or several. mutants/starter.mutant has none: it says what the
// starter must fail with. A wheat is a folder wheats/NAME with PART.cpp for each
// tagged part that is written in another way.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"

namespace lab {

struct Case {
    enum class Kind : std::uint8_t { starter, solution, mutant, wheat } kind = Kind::mutant;
    std::string name;   // "round-start-down"
    std::string about;  // the sentence
    // Of a starter or mutant: the check that must fail, and how.
    std::string check, message;
    std::map<std::string, std::string> files;  // the student's folder, as this case has it
};
char const* name_of(Case::Kind);

// In this order: starter, solution, mutants, wheats, each by name. Throws
// UsageError: a change does not fit the kernel of now, a check is not there.
std::vector<Case> load_cases(Definition const&, std::filesystem::path const& repository);

// Exposed for tests. `solution` by file name.
Case parse_mutant(std::string const& name, std::string const& text,
                  std::map<std::string, std::string> const& solution);

}  // namespace lab
