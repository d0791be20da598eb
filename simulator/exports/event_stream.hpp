// SPDX-License-Identifier: GPL-2.0-or-later
//
// A life's events, one after the other, while it is lived again. The index that
// they come from forgets; who needs an event keeps what it needs of it.
#pragma once

#include <functional>

#include "simulator/debug/session.hpp"

namespace sim::exports {

// What a stream gives for each event: the event, its number, and the names known.
using EventSink = std::function<void(debug::Event const&, std::uint64_t number, debug::EventView const&)>;

struct StreamResult {
    std::uint64_t events = 0;
    std::uint64_t lost = 0;  // came faster than they were taken: the caller says so
    machine::Moment end;
    std::uint64_t end_ns = 0;
    bool cancelled = false;
};

// Runs a session that has no thread from where it is until `until` or the end of
// its life. `progress` gets the moment reached and returns false to give up.
StreamResult stream_events(debug::Session&, machine::Moment until, EventSink const&,
                           std::function<bool(machine::Moment)> const& progress = {});

}  // namespace sim::exports
