// SPDX-License-Identifier: GPL-2.0-or-later
//
// The branches of a session as files beside its recording.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sim::debug {

class WatchedMachine;

// At the end of a session that has no thread (any more): each branch becomes a
// recording beside the original's file ("a.run": "a.fork-1.run"), and the session
// goes back to the original, so that whoever records it completes that one. One
// line for each branch: where it is, or why it could not be saved.
std::vector<std::string> save_branches(WatchedMachine&, std::filesystem::path const& original_file);

// A file for each branch's name, no two the same. "a.run" and "fork 1" make
// "a.fork-1.run": letters and digits stay, the rest is a dash. A number follows
// where that is taken, or nothing is left of the name.
std::vector<std::filesystem::path> branch_files(std::filesystem::path const& original_file,
                                                std::vector<std::string> const& branches);

}  // namespace sim::debug
