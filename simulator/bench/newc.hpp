// SPDX-License-Identifier: GPL-2.0-or-later
//
// Files for a RAM disk of Linux: a cpio archive in the format "newc", which may
// follow another archive and then wins. [linux-initramfs]
#pragma once

#include <string>
#include <vector>

namespace sim::bench {

struct RamFile {
    std::string name;  // without a slash in front
    std::string bytes;
};

// All of them executable by everybody.
std::string newc_archive(std::vector<RamFile> const&);

}  // namespace sim::bench
