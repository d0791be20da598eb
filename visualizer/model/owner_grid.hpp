// SPDX-License-Identifier: GPL-2.0-or-later
//
// Physical memory as a grid of cells, each one frame or a power of two of them,
// coloured by owner: what the map view draws as one texture.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "simulator/debug/kernel_view.hpp"
#include "visualizer/model/colour.hpp"
#include "visualizer/model/geometry.hpp"

namespace viz::model {

struct OwnerGrid {
    unsigned columns = 0, rows = 0;
    std::uint64_t frames_per_cell = 1;
    std::uint64_t first_frame = 0, frames = 0;
    float cell = 1;                   // pixels, with the gap
    std::vector<std::uint8_t> owner;  // of each cell: who holds most of it, free frames counted last
    std::vector<std::uint8_t> share;  // 0..255: how much of the cell is held by anybody

    std::uint64_t frame_at(Point in_grid) const;  // of the cell's first frame; UINT64_MAX outside
    Rect cell_of(std::uint64_t frame) const;      // relative to the grid's corner; empty if outside
    Rect box_of(std::uint64_t frame, std::uint64_t count) const;  // box_of_cells()
};

// As large cells as fit, at most `largest` pixels.
OwnerGrid owner_grid(sim::debug::FrameMap const&, float width, float height, float smallest, float largest);
// The same of a part of the frames; what of it the map does not hold is left out.
OwnerGrid owner_grid(sim::debug::FrameMap const&, std::uint64_t first_frame, std::uint64_t frames, float width,
                     float height, float smallest, float largest);

// How a view shows an owner. "free" is quiet; unknown owners get the categories
// in the order in which the kernel names them.
Colour owner_colour(Theme const&, sim::debug::FrameMap const&, unsigned owner);
bool is_free(std::string_view owner_name);

}  // namespace viz::model
