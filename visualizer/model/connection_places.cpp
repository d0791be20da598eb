// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/connection_places.hpp"

#include <algorithm>
#include <cmath>

#include "visualizer/model/tcp_states.hpp"

namespace viz::model {

ConnectionPlaces place_connection(Rect area, float scale, float line) {
    ConnectionPlaces out;
    out.box_width = std::round(106 * scale), out.box_height = std::max(std::round(22 * scale), line);
    float const gap = std::round(14 * scale);
    // A column for the list, two steps in it, and most of them.
    float const list = std::round(330 * scale), few = std::round(100 * scale), many = std::round(170 * scale);
    Point const wanted = wanted_size(out.box_width, out.box_height);
    // "SYN-RECEIVED" in small letters.
    Point const least = least_size(std::round(88 * scale), line);
    bool const wide = area.width >= wanted.x + gap + 420 * scale;
    if (!wide) {
        // One above the other. What is above: diagram and list, or one of them.
        float const above = std::round(area.height * 0.5f), height = above - gap;
        bool const drawn = area.width >= least.x && height >= least.y;
        bool const beside = drawn && area.width >= least.x + gap + list * 0.8f;
        float const width = !drawn   ? 0
                            : beside ? std::min(wanted.x, area.width - gap - list * 0.8f)
                                     : std::min(wanted.x, area.width);
        if (drawn) out.diagram = {area.x, area.y, width, std::min(height, wanted.y)};
        if (beside) out.path = {area.x + width + gap, area.y, area.width - width - gap, height};
        if (!drawn) out.path = {area.x, area.y, area.width, height};
        out.plot = {area.x, area.y + above, area.width, area.height - above};
        return out;
    }
    float x = area.x + wanted.x + gap;
    if (area.height >= least.y + gap + few) {
        // The list below the diagram, which gives way until it is at its least.
        float const height = std::clamp(area.height - gap - many, least.y, wanted.y);
        out.diagram = {area.x, area.y, wanted.x, height};
        out.path = {area.x, area.y + height + gap, wanted.x, area.height - height - gap};
    } else if (bool const drawn = area.height >= least.y;
               drawn && area.width >= wanted.x + list + 2 * gap + 320 * scale) {
        out.diagram = {area.x, area.y, wanted.x, area.height};
        out.path = {x, area.y, list, area.height};
        x += list + gap;
    } else {
        out.path = {area.x, area.y, wanted.x, area.height};
    }
    out.plot = {x, area.y, area.right() - x, area.height};
    return out;
}

}  // namespace viz::model
