// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the parts of the view "connection" stand. With little width the plot stands
// below, and with less the list of steps, too: below the diagram. With little height
// the diagram shrinks to its least, above the list and beside the plot; with less it is
// left out: the list says the same.
#pragma once

#include "visualizer/model/geometry.hpp"

namespace viz::model {

struct ConnectionPlaces {
    Rect diagram, path, plot;  // the first two may be empty
    float box_width = 0, box_height = 0;
};
// `line`: the height of the text in a box, in pixels.
ConnectionPlaces place_connection(Rect area, float scale, float line);

// The plots above each other, or, where that would leave each too little, one of them.
struct PlotPlaces {
    bool one = false;
    Rect sequence, window, round_trip;
};
PlotPlaces place_plots(Rect area, float scale);

}  // namespace viz::model
