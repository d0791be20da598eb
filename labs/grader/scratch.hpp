// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>

namespace lab {

// An empty folder for temporary files, that is there as long as this is. Only its owner
// may look into it. Throws UsageError.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(ScratchFolder const&) = delete;
    ScratchFolder& operator=(ScratchFolder const&) = delete;
    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;  // no links in it
};

}  // namespace lab
