// SPDX-License-Identifier: GPL-2.0-or-later
//
// A grid of coloured cells as one picture: the map of memory, the map of a disk.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <span>

#include "visualizer/model/owner_grid.hpp"

namespace viz::panels {

// One pixel a cell. Each map on the screen has a texture of its own.
enum class CellMap : unsigned char { frames, disk };
void draw_cells(CellMap, model::OwnerGrid const&, std::span<std::uint32_t const> pixels, ImVec2 at);

}  // namespace viz::panels
