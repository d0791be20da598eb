// SPDX-License-Identifier: GPL-2.0-or-later
//
// The text twin of each view: what the picture shows, as lines that a terminal,
// a screen reader or a test can read. `viv open FILE --headless --print VIEW`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

struct TextView {
    char const* name;   // "registers"
    char const* title;  // "Registers, bit by bit"
};
// overview, branches, comparison, console, processors, registers, disassembly, backtrace, threads, stacks, gantt,
// memory, frames, heat, accesses, disk, walk, pages, packets, packet, events, devices, heap, locks, interrupts, virtqueues,
// connections, stops, answers
std::vector<TextView> const& text_views();

struct TextOptions {
    std::size_t max_rows = 200;           // of lists; the newest are kept
    std::optional<std::uint64_t> packet;  // which packet "packet" decodes; none: the last
    std::optional<std::uint64_t> disk_block{};  // "disk" tells more of it; as disk_block_id() has it
    std::uint64_t changed_since_ns = 0;   // "heat" tells the pages that changed since then
    // Of "packets" and "events": by an event's number; empty: all of them.
    std::function<bool(std::uint64_t)> shown{};
};

// None when there is no such view. What the snapshot was not asked for is
// printed as a line that says so. ViewRequest::everything() asks for all.
std::optional<std::string> print_view(Snapshot const&, std::string_view name, TextOptions const& = {});
// The same as JSON text.
std::optional<std::string> print_view_json(Snapshot const&, std::string_view name, TextOptions const& = {});

// Helpers for all who show these things.
// Numbers of the newest events that are shown, oldest first.
std::vector<std::uint64_t> newest_packets(Snapshot const&, TextOptions const&);
std::vector<std::uint64_t> newest_events(Snapshot const&, TextOptions const&);
// The event whose frame "packet" decodes; none: it is no packet, or not held.
std::optional<std::uint64_t> chosen_packet(Snapshot const&, TextOptions const&);
std::string format_ns(std::uint64_t ns);        // "12.345 ms"
std::string format_bytes(std::uint64_t bytes);  // "64 MiB"
std::string hex_dump(MemoryBlock const&);

}  // namespace sim::debug
