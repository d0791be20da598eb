// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a student handed in, read with care: only the lab's files, only regular ones,
// none that a link leads to, none that is too large. Whatever else lies in the folder
// (results, checks, a .build of its own) is not looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "labs/grader/definition.hpp"

namespace lab {

// The folder's own name decides who a submission belongs to.
using Seeds = std::map<std::string, std::uint64_t>;

struct SubmissionOptions {
    std::optional<int> lab{};  // else the folder's note says it
    Seeds seeds{};             // else the note says it, else explain.md, else it is made from the name
};

struct Submission {
    std::string name;
    int lab = 0;
    std::uint64_t seed = 1;
    std::map<std::string, std::string> files;  // by name: the lab's and explain.md
    std::string missing;                       // the first file that is not there; empty: none
};

// The files may lie in the folder or in the only folder inside it. Throws UsageError
// when no lab can be made out of it.
Submission read_submission(std::filesystem::path const& repository, std::filesystem::path const& folder,
                           SubmissionOptions const&);

// "name,seed", one a line; blank lines and lines with # are left out. Throws UsageError.
Seeds read_seeds(std::filesystem::path const& file);
// The seed of somebody of whom only the name is known.
std::uint64_t seed_of_name(std::string const& name);

// At most `most` bytes of a regular file that no link leads to; none: it is no such file, or longer.
std::optional<std::string> read_carefully(std::filesystem::path const& file, std::size_t most);

// A name that others chose, fit for a terminal.
std::string printable(std::string const& text, std::size_t most = 80);

}  // namespace lab
