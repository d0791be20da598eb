// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/disk_lights.hpp"

namespace viz::model {

using sim::debug::DiskUse;
using sim::debug::EventKind;

std::vector<DiskLight> disk_lights(std::vector<DiskUse> const& newest_first) {
    constexpr float fade = 0.72f, least = 0.08f;
    std::vector<DiskLight> lights;
    float strength = 1;
    for (DiskUse const& use : newest_first) {
        if (use.kind == EventKind::disk_flush || use.blocks == 0 || use.failed) continue;
        lights.push_back({use.first, use.blocks, use.kind == EventKind::disk_write, !use.done,
                          use.done ? strength : 1.0f});
        if (use.done) strength *= fade;
        if (strength < least) break;
    }
    return lights;
}

BlockMark mark_of(sim::debug::DiskMap const& map, sim::debug::BlockCache const* cache, std::uint64_t block) {
    if (cache)
        if (auto const* held = cache->find(block); held && held->dirty) return BlockMark::dirty;
    return block < map.at_risk.size() && map.at_risk[block] ? BlockMark::at_risk : BlockMark::none;
}

}  // namespace viz::model
