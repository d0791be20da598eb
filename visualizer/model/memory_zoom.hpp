// SPDX-License-Identifier: GPL-2.0-or-later
//
// From all of RAM to one byte: which stretch of physical memory the map shows, and how
// it is cut into cells. A stretch is a power of two of bytes and aligned, so that one
// zooms into a part of what one saw, and out to where one was.
#pragma once

#include <cstdint>
#include <optional>

#include "simulator/debug/kernel_view.hpp"
#include "simulator/debug/selection.hpp"
#include "visualizer/model/geometry.hpp"

namespace viz::model {

struct MemoryWindow {
    std::uint64_t first = 0, length = 0;
    std::uint64_t end() const { return first + length; }
    bool holds(std::uint64_t address) const { return address >= first && address - first < length; }
    bool operator==(MemoryWindow const&) const = default;
};
constexpr std::uint64_t frame_bytes = 4096, zoom_factor = 4;
// Of so much the bytes themselves are shown.
constexpr std::uint64_t most_bytes_shown = 64 << 10;

// All frames that the kernel counts.
MemoryWindow all_memory(sim::debug::FrameMap const&);
// A fourth of it, around a byte; one byte stays as it is.
MemoryWindow zoomed_in(MemoryWindow now, std::uint64_t focus);
// Four times as much; none: all of it.
std::optional<MemoryWindow> zoomed_out(MemoryWindow now, MemoryWindow all);

// What keys move by: a sixteenth of what is shown, at least a byte.
std::uint64_t zoom_step(MemoryWindow);
// A step is selected as a frame where it is whole frames, else as bytes.
sim::debug::Entity step_at(MemoryWindow, std::uint64_t address);
// Its address, of what lies in physical memory; none: it does not.
std::optional<std::uint64_t> physical_of(sim::debug::Entity const&);
// The neighbour of what is selected, within all of memory; from elsewhere the first step.
sim::debug::Entity neighbour(MemoryWindow shown, MemoryWindow all, sim::debug::Entity const& selected,
                             int direction);

// Turns of a wheel as whole steps: a touchpad tells many small parts of one.
class WheelSteps {
public:
    // Toward the person is negative. Who turns back begins anew.
    int steps(float turned);

private:
    float part_ = 0;
};

// A window of bytes as a grid: the picture when not even frames are told apart any more
// is owner_grid.hpp's.
struct ByteGrid {
    MemoryWindow window;
    std::uint64_t bytes_per_cell = 1;
    unsigned columns = 0, rows = 0;
    float cell = 1;  // pixels

    std::uint64_t byte_at(Point in_grid) const;  // UINT64_MAX: outside
    Rect cell_of(std::uint64_t address) const;   // empty: outside
    // Around so many bytes: box_of_cells().
    Rect box_of(std::uint64_t address, std::uint64_t length) const;
};
// No columns: there is no room for bytes, or they are too many.
ByteGrid byte_grid(MemoryWindow, float width, float height, float smallest, float largest);

}  // namespace viz::model
