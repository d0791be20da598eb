// SPDX-License-Identifier: GPL-2.0-or-later
//
// A lab as its folder describes it: labs/NN-name/lab.json. The file names the
// live kernel files that a student receives and the checks that judge them;
// stubs/ holds what replaces each tagged solution body. The kernel itself is the
// solution. labs/README.md is the manual of the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "labs/grader/personal.hpp"

namespace lab {

// What went wrong, why, and what to do next: the program prints all (telling.hpp) and
// exits 2. Without a cause where the first says it.
class UsageError : public std::runtime_error {
public:
    UsageError(std::string const& what, std::string next)
        : std::runtime_error(what), next_(std::move(next)) {}
    UsageError(std::string const& what, std::string cause, std::string next)
        : std::runtime_error(what), cause_(std::move(cause)), next_(std::move(next)) {}
    std::string const& cause() const { return cause_; }
    std::string const& next() const { return next_; }

private:
    std::string cause_, next_;
};

struct LiveFile {
    std::string live;  // path in the repository, "kernel/memory/image_map.cpp"
    std::string name;  // in the student's folder, "image_map.cpp"
    // Of a header: the live files that are compiled again with it, and for the
    // program on the host.
    std::vector<std::string> users{}, host_users{};
};

// How a check finds out.
enum class CheckKind : std::uint8_t {
    host,       // H: the student's files as a Linux program under sanitizers
    simulator,  // S: the student's kernel, by the state of the simulated machine
    qemu,       // Q: the same kernel on QEMU; by its exit status alone
    explain,    // the answers in explain.md
};
char const* letter_of(CheckKind);  // "H", "S", "Q", "E"

struct CheckDefinition {
    std::string id;     // "random-steps"
    std::string title;  // a sentence: "a hundred thousand random steps agree with plain bookkeeping"
    CheckKind kind = CheckKind::simulator;
    int points = 0;
    unsigned checkpoint = 0;         // after which the student may expect it to pass; 0: at the end
    std::vector<std::string> needs;  // these must have passed, or it says nothing
    std::vector<std::string> hints;  // the rule; where to look; nearly the solution
};

struct Definition {
    int number = 0;
    std::string name;   // "first-hour"
    std::string title;  // "The first hour"
    std::string image;  // which application the student's kernel is: "http"
    std::vector<LiveFile> files;
    std::vector<CheckDefinition> checks;
    // The parts that are as in the solution after each checkpoint.
    std::vector<std::vector<std::string>> checkpoints;
    std::map<std::string, std::uint64_t> budgets;    // instructions, by name
    std::map<std::string, PersonalNumber> personal;  // in the questions, other ones for each student
    std::filesystem::path folder;                    // labs/00-first-hour

    // Throws UsageError: lab.json has no such thing.
    CheckDefinition const& check(std::string const& id) const;
    // The check, what it needs, what that needs, and so on. Throws as check().
    std::set<std::string> with_needs(std::string const& id) const;
    std::uint64_t budget(std::string const& name) const;
    bool has(CheckKind) const;
    // The number of the checkpoint by which the part is done. Throws UsageError: of none.
    unsigned done_at(std::string const& part) const;
};

// All labs below `repository`/labs, by number. Throws UsageError for a lab.json
// that cannot be read or does not fit together.
std::vector<Definition> load_definitions(std::filesystem::path const& repository);

// The lab of that number. Throws UsageError when there is none, with the list.
Definition find_definition(std::filesystem::path const& repository, int number);

// Exposed for tests.
Definition parse_definition(std::string const& json, std::filesystem::path const& folder);

}  // namespace lab
