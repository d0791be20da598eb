// SPDX-License-Identifier: GPL-2.0-or-later
//
// A lab as its folder describes it: labs/NN-name/lab.json. The file names the
// live kernel files that a student receives; stubs/ holds what replaces each
// tagged solution body. The kernel itself is the solution.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace lab {

// What went wrong, in one line, and what to do next: the program prints both
// and exits 2.
class UsageError : public std::runtime_error {
public:
    UsageError(std::string const& what, std::string next) : std::runtime_error(what), next_(std::move(next)) {}
    std::string const& next() const { return next_; }

private:
    std::string next_;
};

struct LiveFile {
    std::string live;  // path in the repository, "kernel/memory/image_map.cpp"
    std::string name;  // in the student's folder, "image_map.cpp"
};

struct Definition {
    int number = 0;
    std::string name;   // "first-hour"
    std::string title;  // "The first hour"
    std::string image;  // which application the student's kernel is: "http"
    std::vector<LiveFile> files;
    std::filesystem::path folder;  // labs/00-first-hour
};

// All labs below `repository`/labs, by number. Throws UsageError for a lab.json
// that cannot be read.
std::vector<Definition> load_definitions(std::filesystem::path const& repository);

// The lab of that number. Throws UsageError when there is none, with the list.
Definition find_definition(std::filesystem::path const& repository, int number);

}  // namespace lab
