// SPDX-License-Identifier: GPL-2.0-or-later
//
// The student's files as a Linux program. The program is a servant: it reads
// steps ("allocate 3"), one a line, does them with the student's code under
// AddressSanitizer and UBSan, and writes one answer a line. It judges nothing.
// What the answers should have been is decided here, where no student's code
// runs: a program that prints PASS, exits early or never ends only leaves
// answers out.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "labs/grader/exam.hpp"

namespace lab {

struct HostRun {
    std::vector<std::string> answers;
    bool complete = false;  // one answer for each step, and a good end
    bool asserted = false;  // an ASSERT of the kernel ended it
    bool out_of_time = false;
    std::string complaint;  // the sanitizer's line, or how the program ended otherwise
    std::string place;      // "frame_allocator.cpp:41", where it was told
};

HostRun run_steps(std::filesystem::path const& program, std::vector<std::string> const& steps);

// What is wrong with an answer; none: it is right.
struct Objection {
    std::string seen, rule, cause;
};
using Oracle = std::function<std::optional<Objection>(std::string const& step, std::string const& answer)>;

// One case: steps, and an oracle that sees them in order with their answers.
struct HostCase {
    std::string name;  // "a region is cut into aligned blocks"
    std::vector<std::string> steps;
    Oracle oracle;
    // The last step is a mistake that must end in an ASSERT.
    bool ends_in_assert = false;
    Objection survived{};  // what to say when it does not
};

// Runs a case; a failure becomes the check's, with the steps up to there as
// evidence. True: all well.
bool examine_case(Subject const&, Judgement&, std::string const& check, HostCase const&);

// The cases of a check, up to the first that fails.
void examine_cases(Subject const&, Judgement&, std::string const& check, std::vector<HostCase> const&);

// Longer and longer cases, so that the first that fails is a short one. `make` gets the
// length and a seed that is the student's own.
void examine_growing(Subject const&, Judgement&, std::string const& check,
                     std::vector<std::size_t> const& lengths,
                     HostCase (*make)(std::size_t length, std::uint64_t seed));

}  // namespace lab
