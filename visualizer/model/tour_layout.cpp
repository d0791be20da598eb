// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour_layout.hpp"

#include <algorithm>
#include <cmath>

namespace viz::model {

TourPlacement place_tour(Rect body, float scale, float needed) {
    constexpr float column_from = 760, narrowest = 320, widest = 460, lowest = 84;
    TourPlacement out;
    out.views = out.tour = body;
    if (body.width / scale >= column_from) {
        float const width = std::round(std::clamp(body.width * 0.32f, narrowest * scale, widest * scale));
        out.views.width -= width;
        out.tour.x = out.views.right();
        out.tour.width = width;
        return out;
    }
    out.below = true;
    float const most = std::floor(body.height * 0.56f);
    float const height = std::round(std::clamp(needed, std::min(lowest * scale, most), most));
    out.views.height -= height;
    out.tour.y = out.views.bottom();
    out.tour.height = height;
    return out;
}

}  // namespace viz::model
