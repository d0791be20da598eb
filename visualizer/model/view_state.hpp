// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person has chosen to look at: the selection, where each view stands,
// which stretch of time. Shared by all views; saved with the window; none of it
// belongs to the machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/event_index.hpp"
#include "simulator/debug/selection.hpp"
#include "simulator/debug/view_request.hpp"
#include "visualizer/model/layout.hpp"
#include "visualizer/model/memory_zoom.hpp"
#include "visualizer/model/views.hpp"

namespace viz::model {

using sim::debug::Entity;
using sim::debug::EntityKind;

// A stretch of virtual time that the time lines show.
struct TimeWindow {
    std::uint64_t from_ns = 0, to_ns = 0;
    std::uint64_t length() const { return to_ns > from_ns ? to_ns - from_ns : 0; }
    bool operator==(TimeWindow const&) const = default;
};

// Over time: sequence numbers; congestion window and bytes in flight; round trips.
enum class Plot : unsigned char { sequence, window, round_trip };
inline constexpr unsigned plot_count = 3;

// What a frame's colour in the map of memory tells.
enum class MapColouring : unsigned char { owner, changes, writes, reads };

struct ViewState {
    Entity selected;                 // highlighted everywhere
    Entity hovered;                  // under the pointer, in the frame before this one
    Entity next_hovered;             // being found in this frame
    std::optional<Entity> revealed;  // views turn to it in this frame

    sim::debug::StepUnit unit = sim::debug::StepUnit::instruction;

    // Addresses. None: follow the processor (RIP, RSP, RIP).
    std::optional<std::uint64_t> code_address, memory_address, walk_address;
    sim::debug::AddressSpace memory_space = sim::debug::AddressSpace::virtual_;
    sim::engine::Access walk_access = sim::engine::Access::read;
    bool walk_user = false;

    // Time lines. None: the whole run, growing with it.
    std::optional<TimeWindow> window;
    std::optional<std::uint64_t> mark_a_ns, mark_b_ns;
    bool squeeze_sleep = true;  // long sleeps of the processor take little room

    std::string packet_filter, event_filter;
    bool console_follow = true, packets_follow = true, events_follow = true;
    std::optional<MemoryWindow> map_window;  // of frames; none: all of RAM
    MapColouring map_colouring = MapColouring::owner;
    Plot plot = Plot::sequence;         // of a connection, where there is room for one only
    bool plot_other_direction = false;  // of a connection: the side that sent less
    std::size_t answers_back = 0;       // which answer is read: so many before the newest
    unsigned event_groups = ~0U;        // one bit for each EventGroup
    bool event_details = false;         // in the window's list: memory, locks, windows, too
    // What belongs to no group is shown as long as none is hidden.
    bool shows(std::optional<sim::debug::EventGroup> group) const {
        if (!group) return event_groups == ~0U;
        return (event_groups >> static_cast<unsigned>(*group) & 1) != 0;
    }
};

// From one marker to the other; none: they are not both set, or at one time.
std::optional<TimeWindow> both_marks(ViewState const&);

// What the text twins need: all there is, with the addresses that are looked at.
sim::debug::ViewRequest request_for_text(ViewState const&, sim::engine::CpuState const&);

// What the views on the screen need from the simulation thread.
sim::debug::ViewRequest request_for(Layout const&, ViewState const&, sim::engine::CpuState const&);

}  // namespace viz::model
