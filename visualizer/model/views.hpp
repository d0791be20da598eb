// SPDX-License-Identifier: GPL-2.0-or-later
//
// The names of the views and perspectives: one table, from which the tab bars,
// the command palette, `viv shot --view NAME` and `--print NAME` all read.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace viz::model {

enum class ViewId : unsigned char {
    machine,    // the story so far: milestones, vital signs, whose memory
    console,    // what the guest printed
    source,     // disassembly between its source lines
    registers,  // with every bit decoded
    memory,     // bytes
    frames,     // physical memory by owner
    walk,       // one address through the four page tables
    threads,    // list, stacks, locks
    scheduler,  // Gantt chart
    packets,    // list, layers, bytes
    events,     // interrupts, faults, switches, packets in order
    devices,    // each device's registers
    stops,      // breakpoints, watchpoints, conditions
    answers,    // questions about the past
};
inline constexpr unsigned view_count = 14;

struct ViewInfo {
    ViewId id;
    std::string_view name;      // on the command line
    std::string_view title;     // on the tab
    std::string_view question;  // what it answers: shown in the palette and as the tab's tooltip
};

std::array<ViewInfo, view_count> const& all_views();
ViewInfo const& info(ViewId);
std::optional<ViewId> view_named(
    std::string_view name);  // accepts a few other names too (map, page-table, ...)

enum class Perspective : unsigned char { overview, boot, memory, scheduling, network };
inline constexpr unsigned perspective_count = 5;

struct PerspectiveInfo {
    Perspective id;
    std::string_view name, title, question;
};
std::array<PerspectiveInfo, perspective_count> const& all_perspectives();
PerspectiveInfo const& info(Perspective);
std::optional<Perspective> perspective_named(std::string_view name);

}  // namespace viz::model
