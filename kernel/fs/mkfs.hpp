// SPDX-License-Identifier: MIT
//
// A new, empty file system on a device. For the host: a machine that boots finds
// its disks made.
#pragma once

#include "kernel/fs/layout.hpp"

namespace fs {

struct MkfsOptions {
    std::uint32_t inodes = 0;          // 0: one for every four blocks
    std::uint32_t journal_blocks = 0;  // 0: what suits the size
};

// Error::no_space: the device is too small, or larger than the layout can say.
base::Result<void, Error> mkfs(BlockDevice& device, MkfsOptions const& options = {});

}  // namespace fs
