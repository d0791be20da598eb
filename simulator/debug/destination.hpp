// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a recorded life is to be taken, and going there. place.hpp reads the words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/debug/observation.hpp"
#include "simulator/debug/place.hpp"
#include "simulator/debug/search.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::debug {

// A moment, a virtual time, or the nth event of a group. As made: the end.
struct Destination {
    machine::Moment moment = machine::Moment::never();
    std::uint64_t virtual_ns = UINT64_MAX;
    std::optional<EventGroup> group;
    std::optional<EventKind> probe;
    std::uint64_t count = 0;  // of an event or a probe, from 1
    std::string bookmark;     // its name; look_up() makes a moment of it
    std::string text = "end";

    // A moment that is known, the start and the end among them.
    bool is_moment() const { return !group && !probe && bookmark.empty() && virtual_ns == UINT64_MAX; }
    bool is_end() const { return is_moment() && moment == machine::Moment::never(); }
    bool is_start() const { return is_moment() && moment == machine::Moment{}; }
    // Means the same in another build: an event, the start or the end.
    bool is_event() const { return group || is_start() || is_end(); }
};

// Of the words; empty: the end. Throws std::runtime_error: one line with what would
// be accepted.
Destination destination_of(std::string_view text);
Destination destination_of(Place const&);
// A bookmark becomes its moment. Throws std::runtime_error that lists those there are.
Destination look_up(Destination, recording::Recording const&);

enum class Going : std::uint8_t {
    there,      // the machine stands at the place, or at the end before it
    cancelled,  // control.cancelled() said so; the machine is somewhere on the way
    missing,    // the life ended, or `end` came, before there were so many events
};
// From where the machine is, which must be before the place, with its observation
// listening. `end`: not further than this.
Going go_to_place(machine::Machine&, Observation&, Destination const&, machine::Moment end,
                  SearchControl const& = {});
// How many events of the place's group there are so far.
std::uint64_t events_of(Observation&, Destination const&);

}  // namespace sim::debug
