// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/memory_zoom.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace viz::model {

using sim::debug::Entity;
using sim::debug::EntityKind;

MemoryWindow all_memory(sim::debug::FrameMap const& map) {
    return {map.first * frame_bytes, map.owner.size() * frame_bytes};
}

MemoryWindow zoomed_in(MemoryWindow now, std::uint64_t focus) {
    if (now.length == 0) return now;
    std::uint64_t const length = std::max<std::uint64_t>(std::bit_ceil(now.length) / zoom_factor, 1);
    focus = std::clamp(focus, now.first, now.end() - 1);
    return {focus / length * length, length};
}

std::optional<MemoryWindow> zoomed_out(MemoryWindow now, MemoryWindow all) {
    std::uint64_t const length = now.length * zoom_factor;
    if (length >= all.length) return std::nullopt;
    return MemoryWindow{now.first / length * length, length};
}

std::uint64_t zoom_step(MemoryWindow window) {
    return std::max<std::uint64_t>(std::bit_ceil(std::max<std::uint64_t>(window.length, 1)) / 16, 1);
}

Entity step_at(MemoryWindow window, std::uint64_t address) {
    std::uint64_t const step = zoom_step(window), start = address / step * step;
    if (step >= frame_bytes) return {EntityKind::frame, start / frame_bytes, step / frame_bytes};
    return {EntityKind::physical_range, start, step};
}

std::optional<std::uint64_t> physical_of(Entity const& e) {
    if (e.kind == EntityKind::frame) return e.id * frame_bytes;
    if (e.kind == EntityKind::physical_range || e.kind == EntityKind::table_entry) return e.id;
    return std::nullopt;
}

Entity neighbour(MemoryWindow shown, MemoryWindow all, Entity const& selected, int direction) {
    auto const at = physical_of(selected);
    if (!at || !shown.holds(*at)) return step_at(shown, shown.first);
    std::uint64_t const step = zoom_step(shown), start = *at / step * step;
    if (direction < 0) return step_at(shown, start >= all.first + step ? start - step : start);
    return step_at(shown, start + step < all.end() ? start + step : start);
}

int WheelSteps::steps(float turned) {
    if (turned * part_ < 0) part_ = 0;
    part_ += turned;
    auto const whole = static_cast<int>(part_);
    part_ -= static_cast<float>(whole);
    return whole;
}

std::uint64_t ByteGrid::byte_at(Point p) const {
    if (columns == 0 || p.x < 0 || p.y < 0) return UINT64_MAX;
    auto const column = static_cast<unsigned>(p.x / cell), row = static_cast<unsigned>(p.y / cell);
    if (column >= columns || row >= rows) return UINT64_MAX;
    std::uint64_t const at = (std::uint64_t{row} * columns + column) * bytes_per_cell;
    return at < window.length ? window.first + at : UINT64_MAX;
}

Rect ByteGrid::cell_of(std::uint64_t address) const {
    if (columns == 0 || !window.holds(address)) return {};
    std::uint64_t const at = (address - window.first) / bytes_per_cell;
    return {static_cast<float>(at % columns) * cell, static_cast<float>(at / columns) * cell, cell, cell};
}

Rect ByteGrid::box_of(std::uint64_t address, std::uint64_t length) const {
    if (columns == 0 || !window.holds(address)) return {};
    std::uint64_t const last = address + std::clamp<std::uint64_t>(length, 1, window.end() - address) - 1;
    std::uint64_t const cell_there = (address - window.first) / bytes_per_cell;
    return box_of_cells(cell_there, (last - window.first) / bytes_per_cell - cell_there + 1, columns, cell);
}

ByteGrid byte_grid(MemoryWindow window, float width, float height, float smallest, float largest) {
    ByteGrid grid;
    if (window.length == 0 || window.length > most_bytes_shown || width < smallest || height < smallest) return grid;
    grid.window = window;
    // A power of two of columns, so that addresses line up: that with the largest squares.
    auto const lay_out = [&](std::uint64_t cells) {
        grid.columns = 0, grid.cell = 0;
        for (std::uint64_t columns = 1; columns <= cells; columns *= 2) {
            std::uint64_t const rows = (cells + columns - 1) / columns;
            float const cell = std::min({std::floor(width / static_cast<float>(columns)),
                                         std::floor(height / static_cast<float>(rows)), largest});
            if (cell < std::max(grid.cell, smallest)) continue;
            grid.cell = cell;
            grid.columns = static_cast<unsigned>(columns), grid.rows = static_cast<unsigned>(rows);
        }
        return grid.columns > 0;
    };
    // Coarser than a quarter of a frame it says less than the frames themselves.
    for (; grid.bytes_per_cell <= frame_bytes / 4; grid.bytes_per_cell *= 2)
        if (lay_out((window.length + grid.bytes_per_cell - 1) / grid.bytes_per_cell)) return grid;
    return {};
}

}  // namespace viz::model
