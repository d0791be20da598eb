// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the graders themselves are tried on: for each lab the untouched starter,
// the solution (the kernel as it is), the student's way from the one to the other
// (checkpoint by checkpoint), mutants (wrong in one place, each to be found by the
// check that is meant for it), hostile ones (that try to get points, or do harm, in
// another way) and wheats (right in another way).
//
// A mutant is a file labs/NN-name/mutants/NAME.mutant:
//
//     # Says in a sentence what is wrong.
//     check: inside-ram
//     message: a regular expression that what was seen matches
//     points: 55           (may be left out)
//     file: frame_allocator.cpp
//     <<<<
//     text of the solution, which stands there exactly once
//     ====
//     what stands there instead
//     >>>>
//
// with one change or several. Hostile ones look the same, in hostile/; one that is right
// besides has points alone.
// mutants/starter.mutant has no change: it says what the starter must fail with.
// At checkpoint K a part is as in the solution when lab.json says that it is done by
// then; else as checkpoints/J/PART.cpp has it, of the last J up to K; else the stub. A wheat is a folder
// wheats/NAME with PART.cpp for each tagged part that is written in another way.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"

namespace lab {

struct Case {
    enum class Kind : std::uint8_t {
        starter,
        checkpoint,
        solution,
        mutant,
        hostile,
        wheat
    } kind = Kind::mutant;
    std::string name;   // "round-start-down"
    std::string about;  // the sentence
    // Of a starter, mutant or hostile one: the check that must fail, and how.
    std::string check, message;
    std::optional<int> points{};               // and what it gets
    unsigned checkpoint = 0;                   // of a checkpoint: all its checks and the earlier ones pass
    std::map<std::string, std::string> files;  // the student's folder, as this case has it
};
char const* name_of(Case::Kind);

// In this order: starter, checkpoints, solution, mutants, hostile ones, wheats, each by name. Throws
// UsageError: a change does not fit the kernel of now, a check is not there. The answers in
// their explain.md are those to the questions of `seed`.
std::vector<Case> load_cases(Definition const&, std::filesystem::path const& repository,
                             std::uint64_t seed = 1);

// Exposed for tests. `solution` by file name.
Case parse_mutant(std::string const& name, std::string const& text,
                  std::map<std::string, std::string> const& solution);

}  // namespace lab
