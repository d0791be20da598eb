// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the colours of the memory map mean, in a line above it. That of the owners, which other
// views show too, is in views.hpp.
#pragma once

#include <imgui.h>

#include <cstdint>

#include "visualizer/model/access_heat.hpp"
#include "visualizer/model/frame_heat.hpp"

namespace viz::panels {

// From `corner` to the right end of the pane. `frames`: how many the map has.
void draw_heat_legend(ImVec2 corner, model::FrameHeat const&, std::uint64_t frames);
void draw_count_legend(ImVec2 corner, model::AccessHeat const&, std::uint64_t frames, model::Touch);

}  // namespace viz::panels
