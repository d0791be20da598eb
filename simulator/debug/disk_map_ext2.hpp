// SPDX-License-Identifier: GPL-2.0-or-later
//
// The map of a disk that holds the second extended file system, as the kernel reads it.
// [ext2]
#pragma once

#include "simulator/debug/disk_map.hpp"

namespace sim::debug {

// Its magic number stands in the disk's first 4 KiB?
bool looks_like_ext2(std::span<std::uint8_t const> first_block);

// Where the blocks of the file system are smaller than the map's, one of the map belongs to
// the first of them that is used. `blocks`: of 4 KiB.
DiskMap read_ext2_map(std::uint64_t blocks, DiskBlockSource const&);

}  // namespace sim::debug
