// SPDX-License-Identifier: GPL-2.0-or-later
//
// One factory a view, and the pieces that two views share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "visualizer/panels/view.hpp"

namespace viz::panels {

std::unique_ptr<View> make_machine_view();
std::unique_ptr<View> make_console_view();
std::unique_ptr<View> make_source_view();
std::unique_ptr<View> make_registers_view();
std::unique_ptr<View> make_memory_view();
std::unique_ptr<View> make_frames_view();
std::unique_ptr<View> make_walk_view();
std::unique_ptr<View> make_pages_view();
std::unique_ptr<View> make_heap_view();
std::unique_ptr<View> make_descriptors_view();
std::unique_ptr<View> make_threads_view();
std::unique_ptr<View> make_waits_view();
std::unique_ptr<View> make_scheduler_view();
std::unique_ptr<View> make_packets_view();
std::unique_ptr<View> make_ladder_view();
std::unique_ptr<View> make_connection_view();
std::unique_ptr<View> make_events_view();
std::unique_ptr<View> make_devices_view();
std::unique_ptr<View> make_disk_view();
std::unique_ptr<View> make_stops_view();
std::unique_ptr<View> make_answers_view();
std::unique_ptr<View> make_branches_view();
std::unique_ptr<View> make_comparison_view();

// Coloured squares with each owner's name and size, as many lines as they need,
// at most `lines`; what does not fit is summed up as "+3".
void draw_owner_legend(sim::debug::FrameMap const&, unsigned lines, ViewState&, CommandQueue&);

// A button for a command. Where this machine cannot do it, it is pale and says why.
bool command_button(Model const&, ViewState const&, CommandId, char const* label, char const* tooltip);

// Instead of a list of packets, before the first.
void no_packets_yet(Model const&);
// Where the filter of packets is typed.
void packet_filter_box(ViewState&, float width);
// By protocol, the same everywhere.
model::Colour protocol_colour(sim::debug::Protocol);

// What an empty list of kernel objects says: not declared, no debug info, or none yet.
void empty_kernel_list(Model const&, sim::debug::ListHealth const&, char const* what);

}  // namespace viz::panels
