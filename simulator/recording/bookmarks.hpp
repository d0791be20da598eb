// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bookmarks of a recording that is complete already, or was left by a program
// that died. Nothing else in the file changes: its other sections are copied as
// they stand.
#pragma once

#include <filesystem>
#include <vector>

#include "simulator/recording/run_file.hpp"

namespace sim::recording {

// Through a file beside it, so that FILE is always whole. Throws RunFileError: no
// recording, too many bookmarks, or not to be written.
void replace_bookmarks(std::filesystem::path const& file, std::vector<Bookmark> const& bookmarks);

}  // namespace sim::recording
