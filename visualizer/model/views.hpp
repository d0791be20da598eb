// SPDX-License-Identifier: GPL-2.0-or-later
//
// The names of the views and perspectives: one table, from which the tab bars,
// the command palette, `viv shot --view NAME` and `--print NAME` all read.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "simulator/debug/text.hpp"

namespace viz::model {

enum class ViewId : unsigned char {
    machine,     // the story so far: milestones, vital signs, whose memory
    console,     // what the guest printed
    source,      // disassembly between its source lines
    registers,   // with every bit decoded
    memory,      // bytes
    frames,      // physical memory by owner
    walk,        // one address through the four page tables
    pages,       // all page tables, and the TLB against them
    heap,        // size classes
    descriptors,  // segments, the task's stacks, gates
    threads,     // list, stacks, locks
    waits,       // who waits for whom
    scheduler,   // Gantt chart
    packets,     // list, layers, bytes
    ladder,      // who sent what to whom
    connection,  // one TCP connection: states, numbers over time
    events,      // interrupts, faults, switches, packets in order
    devices,     // each device's registers
    disk,        // whose each block of a disk is
    stops,       // breakpoints, watchpoints, conditions
    answers,     // questions about the past
    branches,    // futures kept side by side
    comparison,  // two of them, what differs
};
inline constexpr unsigned view_count = 23;

struct ViewInfo {
    ViewId id;
    std::string_view name;      // on the command line
    std::string_view title;     // on the tab
    std::string_view question;  // what it answers: shown in the palette and as the tab's tooltip
    // Its text twins, as sim::debug::print_view() names them, the main one first.
    std::array<std::string_view, 3> texts{};
};

std::array<ViewInfo, view_count> const& all_views();
ViewInfo const& info(ViewId);
std::optional<ViewId> view_named(
    std::string_view name);  // accepts a few other names too (map, page-table, ...)
// All text twins: those of sim::debug, and those that only the Model can write.
std::vector<sim::debug::TextView> const& text_views();
// The text twin that is meant by a name: of a view, of a perspective, or its own.
// None: there is none.
std::optional<std::string_view> text_view_named(std::string_view name);

enum class Perspective : unsigned char { overview, boot, memory, scheduling, network, compare, disk };
inline constexpr unsigned perspective_count = 7;

struct PerspectiveInfo {
    Perspective id;
    std::string_view name, title, question;
};
std::array<PerspectiveInfo, perspective_count> const& all_perspectives();
PerspectiveInfo const& info(Perspective);
std::optional<Perspective> perspective_named(std::string_view name);

}  // namespace viz::model
