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

ByteGrid byte_grid(MemoryWindow window, float width, float height, float smallest, float largest) {
    ByteGrid grid;
    if (window.length == 0 || window.length > most_bytes_shown || width < smallest || height < smallest) return grid;
    grid.window = window;
    auto const fit = [&](float size) {
        return static_cast<std::uint64_t>(width / size) * static_cast<std::uint64_t>(height / size);
    };
    while (fit(smallest) * grid.bytes_per_cell < window.length) grid.bytes_per_cell *= 2;
    // Coarser than a quarter of a frame it says less than the frames themselves.
    if (grid.bytes_per_cell > frame_bytes / 4) return {};
    std::uint64_t const cells = (window.length + grid.bytes_per_cell - 1) / grid.bytes_per_cell;
    grid.cell = smallest;
    while (grid.cell + 1 <= largest && fit(grid.cell + 1) >= cells) grid.cell += 1;
    auto const most = static_cast<unsigned>(std::min<std::uint64_t>(static_cast<std::uint64_t>(width / grid.cell), cells));
    // A power of two of columns, where it fits: addresses line up.
    unsigned columns = std::bit_floor(std::max(most, 1U));
    if (static_cast<float>((cells + columns - 1) / columns) * grid.cell > height) columns = most;
    grid.columns = columns;
    grid.rows = static_cast<unsigned>((cells + columns - 1) / columns);
    return grid;
}

}  // namespace viz::model
