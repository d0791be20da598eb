// SPDX-License-Identifier: GPL-2.0-or-later
//
// The memory map's third and fourth face: how often each frame was written and read in
// a stretch, as heat. Counts stand by their logarithm: a stack is written ten thousand
// times as often as a page table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/debug/page_accesses.hpp"
#include "simulator/debug/snapshot.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

enum class Touch : unsigned char { written, read };

struct AccessHeat {
    // Of each cell of the grid: 0, none of its frames was touched; else 1, once, to 255, as
    // often as any frame. The hottest frame counts.
    std::vector<std::uint8_t> cells;
    std::uint64_t frames = 0;  // touched
    std::uint64_t most = 0;    // of one frame
};
AccessHeat access_heat(sim::debug::Accesses const&, OwnerGrid const&, Touch);

// 1 to 255 as above, for a legend too; 0 for none.
std::uint8_t heat_of(std::uint64_t count, std::uint64_t most);
// 1, 10, 100 ... up to `most`: where a legend is marked, and how far along it, 0..1.
struct HeatMark {
    std::uint64_t count = 0;
    float at = 0;
};
std::vector<HeatMark> heat_marks(std::uint64_t most);

// Of so many frames from one on, as lines: how often each way, who did it most.
std::vector<std::string> access_lines(sim::debug::Accesses const&, std::uint64_t first, std::uint64_t frames);
// "of 1,000,000 instructions until 5.2 ms".
std::string access_stretch(sim::debug::Accesses const&);

// What the map wants to have counted; none: it is painted otherwise.
std::optional<sim::debug::AccessRequest> access_request(ViewState const&, sim::debug::Snapshot const&);
// The same whatever it is painted by.
sim::debug::AccessRequest chosen_stretch(ViewState const&, sim::debug::Snapshot const&);

// "48,211".
std::string counted(std::uint64_t);

}  // namespace viz::model
