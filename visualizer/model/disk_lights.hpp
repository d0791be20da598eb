// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a disk does just now, as lights on its map: the newest is brightest, what is
// on its way is brighter than all that is done.
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/debug/disk_history.hpp"
#include "simulator/debug/disk_map.hpp"

namespace viz::model {

struct DiskLight {
    std::uint64_t first = 0, blocks = 0;
    bool write = false;
    bool on_its_way = false;
    float strength = 1;  // 0..1
};
// Of the newest uses, newest first; where two light one block the newer one counts, and
// stands before the other.
std::vector<DiskLight> disk_lights(std::vector<sim::debug::DiskUse> const& newest_first);

// What a block is marked with on the map.
enum class BlockMark : unsigned char {
    none,
    dirty,    // in the kernel's cache, and not on the disk
    at_risk,  // on the disk, and not flushed
};
BlockMark mark_of(sim::debug::DiskMap const&, sim::debug::BlockCache const*, std::uint64_t block);

}  // namespace viz::model
