// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/owner_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace viz::model {

bool is_free(std::string_view name) { return name == "free" || name == "Free"; }

namespace {
bool is_nobody(std::string_view name) {
    return is_free(name) || name.empty() || name == "unknown" || name == "none";
}
}  // namespace

OwnerGrid owner_grid(sim::debug::FrameMap const& map, float width, float height, float smallest,
                     float largest) {
    return owner_grid(map, map.first, map.owner.size(), width, height, smallest, largest);
}

OwnerGrid owner_grid(sim::debug::FrameMap const& map, std::uint64_t first_frame, std::uint64_t frames, float width,
                     float height, float smallest, float largest) {
    OwnerGrid g;
    std::uint64_t const limit = std::min(first_frame + frames, map.first + map.owner.size());
    g.first_frame = std::max(first_frame, map.first);
    g.frames = limit > g.first_frame ? limit - g.first_frame : 0;
    auto const owners = std::span(map.owner).subspan(g.frames ? g.first_frame - map.first : 0, g.frames);
    if (g.frames == 0 || width < smallest || height < smallest) return g;

    auto cells_that_fit = [&](float size) {
        return static_cast<std::uint64_t>(width / size) * static_cast<std::uint64_t>(height / size);
    };
    while (cells_that_fit(smallest) * g.frames_per_cell < g.frames) g.frames_per_cell *= 2;
    std::uint64_t cells = (g.frames + g.frames_per_cell - 1) / g.frames_per_cell;
    g.cell = smallest;
    while (g.cell + 1 <= largest && cells_that_fit(g.cell + 1) >= cells) g.cell += 1;
    // A power of two of columns makes addresses line up, where that wastes little.
    auto columns = static_cast<unsigned>(width / g.cell);
    unsigned power = 1;
    while (power * 2 <= columns) power *= 2;
    if (static_cast<float>((cells + power - 1) / power) * g.cell <= height) columns = power;
    g.columns = columns;
    g.rows = static_cast<unsigned>((cells + columns - 1) / columns);

    std::vector<bool> nobody(map.owners.size());
    for (std::size_t i = 0; i < map.owners.size(); ++i) nobody[i] = is_nobody(map.owners[i]);
    auto held = [&](std::uint8_t owner) { return owner < nobody.size() && !nobody[owner]; };

    g.owner.resize(cells);
    g.share.resize(cells);
    for (std::uint64_t c = 0; c < cells; ++c) {
        std::uint64_t start = c * g.frames_per_cell, end = std::min(start + g.frames_per_cell, g.frames);
        // Most cells have one owner, and there are tens of thousands of them in each frame.
        std::uint8_t const first = owners[start];
        if (std::all_of(owners.begin() + static_cast<std::ptrdiff_t>(start) + 1,
                        owners.begin() + static_cast<std::ptrdiff_t>(end),
                        [&](std::uint8_t owner) { return owner == first; })) {
            g.owner[c] = first;
            g.share[c] = held(first) ? 255 : 0;
            continue;
        }
        std::array<std::uint32_t, 256> count{};
        std::uint32_t used = 0;
        for (std::uint64_t f = start; f < end; ++f) {
            ++count[owners[f]];
            used += held(owners[f]);
        }
        unsigned best = owners[start];
        for (unsigned o = 0; o < count.size(); ++o) {
            if (!count[o]) continue;
            bool better = held(static_cast<std::uint8_t>(o)) != held(static_cast<std::uint8_t>(best))
                              ? held(static_cast<std::uint8_t>(o))
                              : count[o] > count[best];
            if (better) best = o;
        }
        g.owner[c] = static_cast<std::uint8_t>(best);
        g.share[c] = static_cast<std::uint8_t>(used * 255 / (end - start));
    }
    return g;
}

std::uint64_t OwnerGrid::frame_at(Point p) const {
    if (columns == 0 || p.x < 0 || p.y < 0) return UINT64_MAX;
    auto column = static_cast<unsigned>(p.x / cell), row = static_cast<unsigned>(p.y / cell);
    if (column >= columns) return UINT64_MAX;
    std::uint64_t at = static_cast<std::uint64_t>(row) * columns + column;
    return at < owner.size() ? first_frame + at * frames_per_cell : UINT64_MAX;
}

Rect OwnerGrid::cell_of(std::uint64_t frame) const {
    if (columns == 0 || frame < first_frame || frame >= first_frame + frames) return {};
    std::uint64_t at = (frame - first_frame) / frames_per_cell;
    return {static_cast<float>(at % columns) * cell, static_cast<float>(at / columns) * cell, cell, cell};
}

Rect OwnerGrid::box_of(std::uint64_t frame, std::uint64_t count) const {
    if (columns == 0 || frame < first_frame || frame >= first_frame + frames) return {};
    std::uint64_t const last = frame + std::clamp<std::uint64_t>(count, 1, first_frame + frames - frame) - 1;
    std::uint64_t const at = (frame - first_frame) / frames_per_cell;
    return box_of_cells(at, (last - first_frame) / frames_per_cell - at + 1, columns, cell);
}

Colour owner_colour(Theme const& theme, sim::debug::FrameMap const& map, unsigned owner) {
    if (owner >= map.owners.size()) return theme.idle;
    if (is_free(map.owners[owner])) return mix(theme.pane, theme.idle, 0.75f);
    if (is_nobody(map.owners[owner])) return theme.grid;
    // Its place among the owners that are somebody: a name keeps its colour.
    unsigned place = 0;
    for (unsigned i = 0; i < owner; ++i)
        if (!is_nobody(map.owners[i])) ++place;
    Colour c = theme.of_category(place);
    if (place >= theme.category.size()) c = mix(c, Colour(0xFFFFFF), 0.45f);  // the second round is paler
    return c;
}

}  // namespace viz::model
