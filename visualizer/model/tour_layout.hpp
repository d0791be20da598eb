// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a tour's text stands beside the views. Nothing here draws.
#pragma once

#include "visualizer/model/geometry.hpp"

namespace viz::model {

struct TourPlacement {
    Rect views, tour;
    bool below = false;  // a strip below the views; else a column at their right
};
// `scale` is the size of one designed pixel; `needed` the height that the text took
// the last time, 0 when it is not known. A strip grows to half of the body.
TourPlacement place_tour(Rect body, float scale, float needed);

}  // namespace viz::model
