// SPDX-License-Identifier: GPL-2.0-or-later
//
// A grid of coloured cells as one picture: the map of memory, the map of a disk.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <span>
#include <vector>

#include "visualizer/model/owner_grid.hpp"

namespace viz::panels {

// Each cell in the colour of its owner, the paler the more of it is free.
void colour_by_owner(sim::debug::FrameMap const&, model::OwnerGrid const&, std::vector<std::uint32_t>& pixels);
// One pixel a cell. Each map on the screen has a texture of its own.
enum class CellMap : unsigned char { frames, disk };
void draw_cells(CellMap, model::OwnerGrid const&, std::span<std::uint32_t const> pixels, ImVec2 at);

}  // namespace viz::panels
