// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/go_to.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/debug/destination.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/views_query.hpp"
#include "simulator/recording/doctor.hpp"

namespace sim::cli {
namespace {

using debug::Place;
using machine::Moment;

// A triple fault belongs to an instruction that never completes.
Moment last_of(recording::Recording const& recording) {
    Moment const end = recording.end.at;
    return recording.end.ending == recording::Ending::shutdown ? Moment{end.retired + 1, 0} : end;
}

// Known without living it?
std::optional<Moment> known(recording::Recording const& recording, Place const& place) {
    switch (place.kind) {
        case Place::Kind::start:
            return Moment{};
        case Place::Kind::end:
            return last_of(recording);
        case Place::Kind::moment:
            return std::min(place.moment, last_of(recording));
        case Place::Kind::bookmark:
            return look_up(debug::destination_of(place), recording).moment;
        default:
            return std::nullopt;
    }
}

}  // namespace

Place place_of(std::string const& text) {
    if (text.empty()) return {};
    auto parsed = debug::parse_place(text);
    if (!parsed.place) throw std::runtime_error(parsed.why);
    return *parsed.place;
}

bool go_to(recording::Recording const& recording, machine::Machine& machine, debug::Observation& observation,
           Place const& place) {
    debug::Destination const wanted = look_up(debug::destination_of(place), recording);
    Progress progress;
    debug::SearchControl const control{.cancelled = Interruption::requested,
                                       .progress = [&](double part, Moment) { progress.show(part); }};
    switch (go_to_place(machine, observation, wanted, last_of(recording), control)) {
        case debug::Going::there:
            return true;
        case debug::Going::cancelled:
            return false;
        case debug::Going::missing:
            break;
    }
    throw std::runtime_error(fmt::format("there is no such event in this recording: only {} of {}",
                                         events_of(observation, wanted), debug::name_of(*wanted.group)));
}

Moment moment_of(recording::Replay const& replay, Place const& place) {
    if (place.kind == Place::Kind::end) return replay.recording().end.at;
    if (auto const moment = known(replay.recording(), place)) return *moment;
    auto const machine = replay.maker()();
    std::span<std::uint8_t const> const image(*machine->config().image.bytes);
    auto const symbols = debug::Symbols::from_bytes(image);
    debug::KernelReader kernel(debug::Views::make(symbols->views(), symbols), symbols);
    debug::Observation observation(*machine, debug::read_probes(image), &kernel, std::size_t{1} << 20);
    if (!go_to(replay.recording(), *machine, observation, place)) throw recording::Interrupted();
    return machine->moment();
}

}  // namespace sim::cli
