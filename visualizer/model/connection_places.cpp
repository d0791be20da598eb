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
        bool const beside = area.width >= least.x + gap + list * 0.8f && height >= least.y;
        float const plot = std::round(150 * scale);
        if (!beside && area.width >= least.x && area.height >= least.y + few + plot + 2 * gap) {
            // All three: the diagram gives way to the list, and both to the plot.
            float const both = std::round(std::max(area.height * 0.6f, least.y + few + 2 * gap)) - 2 * gap;
            float const drawn = std::clamp(both - many, least.y, std::max(least.y, wanted.y));
            out.diagram = {area.x, area.y, std::min(wanted.x, area.width), drawn};
            out.path = {area.x, area.y + drawn + gap, area.width, both - drawn};
            out.plot = {area.x, area.y + both + 2 * gap, area.width, area.height - both - 2 * gap};
            return out;
        }
        bool const drawn = area.width >= least.x && height >= least.y;
        if (!drawn && area.width >= least.x + gap + 300 * scale && area.height >= least.y + gap + few) {
            // Too low for two rows: the diagram at its least above the list, the plot beside them.
            out.diagram = {area.x, area.y, least.x, least.y};
            out.path = {area.x, area.y + least.y + gap, least.x, area.height - least.y - gap};
            out.plot = {area.x + least.x + gap, area.y, area.width - least.x - gap, area.height};
            return out;
        }
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
        // The list below the diagram, which gives way until it is at its least, and grows where
        // there is room for both and for wide plots.
        float const height = std::clamp(area.height - gap - std::max(many, std::round(area.height * 0.38f)),
                                        least.y, wanted.y * 1.8f);
        float const width =
            std::clamp(std::round(area.width * 0.36f), wanted.x, std::round(wanted.x * 1.25f));
        out.diagram = {area.x, area.y, width, height};
        out.path = {area.x, area.y + height + gap, width, area.height - height - gap};
        x = area.x + width + gap;
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

PlotPlaces place_plots(Rect area, float scale) {
    PlotPlaces out;
    out.one = area.height < 420 * scale;
    if (out.one) return out;
    float const gap = std::round(8 * scale);
    float const below = std::round(std::max(area.height * 0.25f, 110 * scale));
    float const first = area.height - 2 * (below + gap);
    out.sequence = {area.x, area.y, area.width, first};
    out.window = {area.x, area.y + first + gap, area.width, below};
    out.round_trip = {area.x, area.y + first + below + 2 * gap, area.width, below};
    return out;
}

}  // namespace viz::model
