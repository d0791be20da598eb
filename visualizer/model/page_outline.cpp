// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/page_outline.hpp"

namespace viz::model {

std::vector<OutlineRow> page_outline(sim::debug::PageTree const& tree) {
    std::vector<OutlineRow> rows;
    rows.reserve(tree.entered.size() + tree.ranges.size());
    // Below the table whose entry maps pages of this size. [sdm-3a §4.5.4]
    auto const depth_of_pages = [](std::uint64_t size) { return size >= 1ULL << 30 ? 2U : size >= 1ULL << 21 ? 3U : 4U; };
    std::size_t range = 0;
    for (std::size_t table = 0; table < tree.entered.size(); ++table) {
        auto const& t = tree.entered[table];
        for (; range < tree.ranges.size() && tree.ranges[range].virtual_start < t.virtual_start; ++range)
            rows.push_back({depth_of_pages(tree.ranges[range].page_size), false, range});
        rows.push_back({4 - t.level, true, table});
    }
    for (; range < tree.ranges.size(); ++range)
        rows.push_back({depth_of_pages(tree.ranges[range].page_size), false, range});
    return rows;
}

}  // namespace viz::model
