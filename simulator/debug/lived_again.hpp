// SPDX-License-Identifier: GPL-2.0-or-later
//
// Events that the index has forgotten, heard once more: it knows the newest
// million, and the stretch before them is lived again, piece by piece.
#pragma once

#include <functional>

#include "simulator/debug/event_index.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/search.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

// Who lives again, and how it gets to a moment. All must outlive the call.
struct Reliver {
    machine::Machine& machine;
    Observation& observation;
    std::function<void(machine::Moment)> go_to;
    std::function<bool()> cancelled{};
    std::function<void(double part, machine::Moment)> progress{};
};

// As long as the first piece is that is lived again, and the next ones are at most.
constexpr std::uint64_t first_stretch = 1'000'000, last_stretch = 16'000'000;  // instructions

// What happens in a stretch, as it was heard the first time: no stop stops it. The
// machine stands at its end afterwards, or where it was cancelled.
EventView live_again(Reliver const&, Interval stretch);

// Tells of those before a moment, the newest first. Of the oldest moment that a view
// holds it may have forgotten some: all of that moment are left out then. False: `told`
// had enough.
bool tell_back(EventView const&, machine::Moment before,
               std::function<bool(std::uint64_t number, Event const&)> const& told);

// Goes on where tell_back() of what the observation holds had no more to tell: each
// event before `now`, until `told` says that it is enough (false). Moves the machine.
// Returns false when it was cancelled before it had told all.
bool each_forgotten_event_back(Reliver const&, machine::Moment now,
                               std::function<bool(Event const&)> const& told);

}  // namespace sim::debug
