// SPDX-License-Identifier: GPL-2.0-or-later
//
// Rectangles of the screen, in pixels, without any user-interface library: the
// maths of a layout is plain functions on these, and is tested as such.
#pragma once

#include <cstdint>

namespace viz::model {

struct Point {
    float x = 0, y = 0;
    bool operator==(Point const&) const = default;
};

struct Rect {
    float x = 0, y = 0, width = 0, height = 0;

    float right() const { return x + width; }
    float bottom() const { return y + height; }
    bool empty() const { return width <= 0 || height <= 0; }
    bool contains(Point p) const { return p.x >= x && p.x < right() && p.y >= y && p.y < bottom(); }
    bool contains(Rect const& r) const {
        return r.x >= x && r.y >= y && r.right() <= right() + 0.01f && r.bottom() <= bottom() + 0.01f;
    }
    bool overlaps(Rect const& r) const {
        return x < r.right() - 0.01f && r.x < right() - 0.01f && y < r.bottom() - 0.01f &&
               r.y < bottom() - 0.01f;
    }
    Rect inset(float by) const { return {x + by, y + by, width - 2 * by, height - 2 * by}; }
    bool operator==(Rect const&) const = default;
};

// Around cells of a grid, one behind the other: whole rows where they begin with one, else
// as far as their first row goes.
inline Rect box_of_cells(std::uint64_t first, std::uint64_t count, unsigned columns, float cell) {
    std::uint64_t const column = first % columns, left = columns - column;
    std::uint64_t const across = count < left ? count : left, down = column ? 1 : (count + columns - 1) / columns;
    return {static_cast<float>(column) * cell, static_cast<float>(first / columns) * cell,
            static_cast<float>(across) * cell, static_cast<float>(down) * cell};
}

}  // namespace viz::model
