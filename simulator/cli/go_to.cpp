// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/go_to.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/debug/studied_life.hpp"
#include "simulator/recording/doctor.hpp"

namespace sim::cli {

using debug::Destination;
using machine::Moment;

bool go_to(recording::Recording const& recording, machine::Machine& machine, debug::Observation& observation,
           Destination const& place) {
    Destination const wanted = look_up(place, recording);
    Progress progress;
    debug::SearchControl const control{.cancelled = Interruption::requested,
                                       .progress = [&](double part, Moment) { progress.show(part); }};
    switch (go_to_place(machine, observation, wanted, edge_of(recording), control)) {
        case debug::Going::there:
            return true;
        case debug::Going::cancelled:
            return false;
        case debug::Going::missing:
            break;
    }
    throw std::runtime_error(fmt::format("there is no {} in this recording: only {} of {}", wanted.text,
                                         events_of(observation, wanted),
                                         wanted.group ? debug::name_of(*wanted.group) : "that probe"));
}

Moment moment_of(recording::Replay const& replay, Destination const& place) {
    recording::Recording const& recording = replay.recording();
    if (place.is_end()) return recording.end.at;
    Destination const wanted = look_up(place, recording);
    if (wanted.is_moment()) return std::min(wanted.moment, edge_of(recording));
    auto const machine = replay.maker()();
    debug::StudiedLife life(*machine);
    if (!go_to(recording, *machine, life.observation(), wanted)) throw recording::Interrupted();
    return machine->moment();
}

}  // namespace sim::cli
