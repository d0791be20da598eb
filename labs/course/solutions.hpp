// SPDX-License-Identifier: GPL-2.0-or-later
//
// What of the kernel is a solution: the text between two lab tags, of every lab,
// those that are still to come included.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"

namespace lab {

// A file of the kernel without its solutions: stubs stand there, or, for a lab that
// has none yet, a line that says so. Exactly the live text when it has no tags.
std::string without_solutions(std::string const& live, std::string const& extension,
                              std::vector<Definition> const& labs);

struct KernelFile {
    std::filesystem::path path;  // in the repository: "kernel/memory/paging.cpp"
    bool tagged = false;         // it holds a solution
};
// Sources, headers and linker scripts of the kernel, but its tests, by path.
std::vector<KernelFile> kernel_files(std::filesystem::path const& repository);

// Writes all of them below `into`, without solutions.
void write_kernel(std::filesystem::path const& repository, std::filesystem::path const& into);

// The lines that only students write, without the blanks at their ends. Comments and
// lines that stand outside of solutions or in a stub, too, tell nothing; nor does what is
// shorter than `least` characters.
constexpr std::size_t least_telling = 20;
std::set<std::string> solution_lines(std::filesystem::path const& repository,
                                     std::size_t least = least_telling);

// Two lines of a solution that follow one another, "first\nsecond", of at least that
// many characters together; blanks as in plain_lines().
std::set<std::string> solution_pairs(std::filesystem::path const& repository,
                                     std::size_t least = least_telling);
// The lines of a text that are no comments and not empty, with single blanks, each with its '\n'.
std::string plain_lines(std::string const& text);

// What the assertions in solutions say, as the compiler puts it into the program.
std::set<std::string> assertions_of_solutions(std::filesystem::path const& repository);

}  // namespace lab
