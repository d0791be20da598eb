// SPDX-License-Identifier: GPL-2.0-or-later
//
// What stands below the scheduler's chart: who is ready, and each thread's times
// between the markers. `line`: the height of a row, in pixels.
#pragma once

#include "visualizer/model/scheduling.hpp"
#include "visualizer/panels/view.hpp"

namespace viz::panels {

// Who is ready and does not run: at the pointer, else now. None: it is not known.
void draw_ready(Model const&, std::vector<model::Queued> const*, std::uint64_t ns, bool pointed, float line);

void draw_times(model::Scheduling const&, ViewState&, Model const&, CommandQueue&, float height, float line);

}  // namespace viz::panels
