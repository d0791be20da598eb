// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the parts of the view "connection" stand. With little width the plot stands
// below; with little height the diagram shrinks to its least, and then it is left
// out: the list of steps says the same, and scrolls.
#pragma once

#include "visualizer/model/geometry.hpp"

namespace viz::model {

struct ConnectionPlaces {
    Rect diagram, path, plot;  // the first two may be empty
    float box_width = 0, box_height = 0;
};
// `line`: the height of the text in a box, in pixels.
ConnectionPlaces place_connection(Rect area, float scale, float line);

}  // namespace viz::model
