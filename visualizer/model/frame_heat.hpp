// SPDX-License-Identifier: GPL-2.0-or-later
//
// The memory map's other face: when each frame last changed, as heat. The newest
// change is hottest; time counts by its logarithm, since a machine does in its last
// microsecond as much that matters as in the second before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/page_heat.hpp"
#include "visualizer/model/colour.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

// Which changes count: between the markers; since the only one; else all.
struct HeatWindow {
    std::uint64_t since_ns = 0;
    std::optional<std::uint64_t> until_ns;  // none: now
};
HeatWindow heat_window(ViewState const&);

struct FrameHeat {
    // Of each cell of the grid: 0, none of its frames changed in the window; else 1, the
    // oldest change, to 255, the newest. The hottest frame counts.
    std::vector<std::uint8_t> cells;
    std::uint64_t changed = 0;                // frames
    std::uint64_t oldest_ns = 0, end_ns = 0;  // of what the heat spans: the end is hottest
};
FrameHeat frame_heat(sim::debug::PageHeat const&, OwnerGrid const&, HeatWindow, std::uint64_t now_ns);

// 1 to 255 as above, for a legend too.
std::uint8_t heat_at(FrameHeat const&, std::uint64_t ns);
Colour heat_colour(Theme const&, std::uint8_t heat);

// "changed between 1.2 and 1.4 ms, 0.3 ms ago"; "not changed since the beginning".
std::string heat_text(sim::debug::PageHeat const&, std::uint64_t frame, std::uint64_t now_ns);

}  // namespace viz::model
