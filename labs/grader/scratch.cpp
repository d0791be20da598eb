// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/scratch.hpp"

#include <cstdlib>

#include "labs/grader/definition.hpp"

namespace lab {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
    // What TMPDIR names, else /tmp.
    std::error_code none;
    fs::path const base = fs::temp_directory_path(none);
    std::string name = ((none ? fs::path("/tmp") : base) / "viv-lab-XXXXXX").string();
    if (!mkdtemp(name.data()))
        throw UsageError("cannot make a folder " + name,
                         "The disk is full, or TMPDIR names no folder of yours.",
                         "df -h and ls -ld say which; then try again.");
    path_ = fs::canonical(name);
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace lab
