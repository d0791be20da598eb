// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person types to go somewhere: a moment (simulator/debug/place.hpp reads
// it, as in FILE@MOMENT), an address or a function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "simulator/debug/selection.hpp"
#include "simulator/debug/snapshot.hpp"

namespace viz::model {

struct NoSuchPlace {
    std::string why;  // one line, with what would be accepted
};
struct AddressPlace {
    std::uint64_t address = 0;
    bool code = false;  // a function: the code view turns to it, else the bytes view
};
struct EventPlace {
    std::uint64_t number = 0;  // of the event
    sim::machine::Moment at;
};
using Place =
    std::variant<NoSuchPlace, sim::machine::Moment, AddressPlace, EventPlace, sim::recording::Bookmark>;

// "123456", "123456.2", "12.5ms", "end", "start", "packet:3", "fault:1",
// "interrupt:2", "switch:4" (counted from 1), "bookmark:NAME", "0xffff...", a
// function's name.
Place find_place(std::string_view text, sim::debug::Snapshot const&);
// Of a place that is one.
std::optional<sim::machine::Moment> moment_of(Place const&);
// An event as it is selected: a frame on the wire is a packet.
sim::debug::Entity entity_of_event(std::uint64_t number, sim::debug::EventView const&);

}  // namespace viz::model
