// SPDX-License-Identifier: GPL-2.0-or-later
//
// A moment as people write it, in every command and in the window: the one
// reader of docs/reference/moments.md. It reads the words; where the place is,
// only a life that was lived can tell (an event's moment, a bookmark's).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/debug/event_index.hpp"
#include "simulator/machine/moment.hpp"

namespace sim::debug {

struct Place {
    enum class Kind : std::uint8_t { start, end, moment, time, bookmark, event, probe } kind = Kind::end;
    machine::Moment moment{};                // of moment
    std::uint64_t ns = 0;                    // of time
    std::string bookmark{};                  // its name
    EventGroup group = EventGroup::packets;  // of event
    EventKind probe = EventKind::count_;     // of probe
    std::uint64_t number = 0;                //   the how-many-eth, from 1

    friend bool operator==(Place const&, Place const&) = default;
};

struct ParsedPlace {
    std::optional<Place> place;
    std::string why;  // when there is none: one line, with what would be accepted
};
// "123456", "1,234,567", "123456.2", "12.5ms", "start", "end", "bookmark:NAME",
// "packet:17", "fault:3", "interrupt:3", "switch:40", "connection:2", "probe:lock_wait:3".
ParsedPlace parse_place(std::string_view text);
// The kernel's name of what a probe tells, "lock_wait"; "halt" and "input" are the machine's.
std::string_view probe_name(EventKind);
// Number of the nth event of a kind, from 1; none: there are not so many, or some
// are no longer held.
std::optional<std::uint64_t> nth_of(EventView const&, EventKind, std::uint64_t n);

// "FILE@MOMENT" in its parts. A file whose own name has an @ is found whole.
struct FileAndPlace {
    std::filesystem::path file;
    std::string place;  // as written; empty: none
};
FileAndPlace split_place(std::string const& text);

}  // namespace sim::debug
