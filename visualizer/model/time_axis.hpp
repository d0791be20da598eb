// SPDX-License-Identifier: GPL-2.0-or-later
//
// Time as pixels: ruler marks, events binned to columns, who ran in each column.
// The work depends on the number of pixels, not on the number of events: each
// column is a binary search in the index.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/event_index.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

// A stretch in which the processor slept: it retired nothing.
struct Sleep {
    std::uint64_t from_ns = 0, to_ns = 0;
    bool operator==(Sleep const&) const = default;
};

// Virtual time along a line of pixels. A server sleeps most of the time: long
// sleeps can be squeezed, so that what it does in between is seen. Such an axis
// is made of pieces, each of them linear.
struct TimeAxis {
    TimeWindow window;
    float x = 0, width = 0;  // pixels
    struct Piece {
        std::uint64_t from_ns = 0, to_ns = 0;
        double from_share = 0, to_share = 0;  // of the width
        bool asleep = false;                  // squeezed
    };
    std::vector<Piece> pieces;  // ascending, without gaps; empty: one linear piece

    float pixel(std::uint64_t ns) const;
    std::uint64_t time(float pixel) const;  // clamped to the window
};

// `sleeps` ascending. Each that is squeezed takes a few hundredths of the width.
TimeAxis squeezed_axis(TimeWindow, float x, float width, std::vector<Sleep> const& sleeps);

// The smallest of 1, 2, 5, 10, ... that is at least `least`.
std::uint64_t round_step(double least);

struct RulerMark {
    std::uint64_t ns = 0;
    std::string label;  // may be empty: a line only
};
// Round times (1, 2 or 5 times a power of ten), at least `spacing` pixels apart.
// On a squeezed axis each piece begins with its time and counts on from there. No two
// marks say the same time.
std::vector<RulerMark> ruler(TimeAxis const&, float spacing);

// Where a label as wide as this stands so that the cursor does not cross it; none: it has
// no place. All are pixels.
struct LabelRoom {
    float from = 0, to = 0;  // free
    float gap = 0;           // around a label
    float cursor = 0;
};
// Behind its mark, else before it.
std::optional<float> label_beside(float mark, float width, LabelRoom const&);
// In the middle, else in that of the larger part beside the cursor.
std::optional<float> label_within(float width, LabelRoom const&);

// How many events of a group fall into each of `columns` equal parts of the axis.
std::vector<std::uint32_t> bin_events(sim::debug::EventView const&, sim::debug::EventGroup, TimeAxis const&,
                                      unsigned columns);

// Which thread (address, 0: none known) has the processor in each column. A column
// in which it changes belongs to the one that ran at its start; `switches` counts.
struct RunColumn {
    std::uint64_t thread = 0;
    std::uint32_t switches = 0;
};
std::vector<RunColumn> bin_running(sim::debug::EventView const&, TimeAxis const&, unsigned columns);

// The moment that a virtual time belongs to. Between two events one nanosecond
// is one instruction, unless the processor sleeps: then time passes and nothing
// is retired.
sim::machine::Moment moment_at(sim::debug::EventView const&, std::uint64_t ns, sim::machine::Moment end,
                               std::uint64_t end_ns);

// "12.3 ms", "450 ns": at most four characters of number.
std::string short_time(std::uint64_t ns);
// "1,234,567"
std::string grouped(std::uint64_t number);
// A virtual time for a caption: "1.234 567 s", as exact as the length deserves.
std::string exact_time(std::uint64_t ns);

TimeWindow zoomed(TimeWindow, double factor, std::uint64_t around_ns, std::uint64_t end_ns);
TimeWindow panned(TimeWindow, double by_share, std::uint64_t end_ns);

}  // namespace viz::model
