// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the time line and the scheduler chart share: ruler, grid, the cursor of
// now, markers, and the mouse (click travels, wheel zooms, drag pans).
#pragma once

#include "visualizer/model/model.hpp"
#include "visualizer/model/time_axis.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::widgets {

// `area` holds the ruler (its first ruler_height pixels) and the lanes.
float ruler_height();
// Below everything else: where the axis is squeezed. Labels leave room for the cursor.
void draw_sleeps(ImDrawList*, model::TimeAxis const&, model::Rect area, std::uint64_t now_ns);
void draw_ruler(ImDrawList*, model::TimeAxis const&, model::Rect area, std::uint64_t now_ns);
// Over the lanes: the future dimmed, the markers, the cursor with its time.
void draw_cursor(ImDrawList*, model::TimeAxis const&, model::Rect area, model::Model const&,
                 model::ViewState const&);
// Makes the area an item; true while the pointer is over it.
bool time_input(char const* id, model::TimeAxis const&, model::Rect area, model::Model const&,
                model::ViewState&, model::CommandQueue&);

}  // namespace viz::widgets
