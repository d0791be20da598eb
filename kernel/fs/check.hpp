// SPDX-License-Identifier: MIT
//
// Looks whether a file system is whole, without believing any of it, and with
// code of its own: two readings of one layout. For the host.
#pragma once

#include <string>
#include <vector>

#include "kernel/fs/layout.hpp"

namespace fs {

struct CheckResult {
    std::vector<std::string> problems;  // a line each; none: it is whole
    std::uint64_t files = 0, directories = 0, used_blocks = 0, blocks = 0;
};

// The journal is not replayed: mount the file system first.
CheckResult check(BlockDevice& device);

}  // namespace fs
