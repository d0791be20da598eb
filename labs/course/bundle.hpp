// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a course hands out: a folder that needs no network, no root and no repository.
// It looks like the repository, so that the same programs work in it:
//
//   viv                  as in the repository, without what builds
//   kernel/              the kernel's source; stubs stand where students write, of all labs
//   labs/NN-name/        handout, questions, checks' definitions
//   build/dev/           the programs, their libraries, the kernel's objects and images
//   course.json          the course's name: seeds are made from it
//
// No solution is in it: not in the source, not in debug information (objects that hold
// a solution have none), not in the texts of assertions. What remains is machine code:
// a later lab needs the earlier ones' functions. It may be put anywhere, and be read-only.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "labs/grader/started.hpp"

namespace lab {

struct BundleOptions {
    std::string course = "vivarium";
    bool glass = true;             // with the visualizer
    bool instructor = false;       // with solutions, wrong ones and other right ones below instructor/
    std::filesystem::path book{};  // the students' edition as it was built; empty: without
    std::function<void(std::string const&)> says = [](auto const&) {};
};

// Into `folder`, which must be absent or empty. Throws UsageError.
void make_bundle(House const&, std::filesystem::path const& folder, BundleOptions const&);

// "NAME,SEED" of a course's students, as `lab start` in its bundle gives them.
std::uint64_t seed_in_course(std::string const& course, std::string const& name);
// The course that a bundle is of; empty: this is no bundle.
std::string course_of(std::filesystem::path const& repository);

// Where solutions stand in a folder: "FILE: LINE" of each line that only students write,
// and of each assertion in them, in whatever kind of file; in texts also two short lines together.
std::vector<std::string> find_solutions(std::filesystem::path const& repository,
                                        std::filesystem::path const& folder);

}  // namespace lab
