// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/go_to.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/views_query.hpp"
#include "simulator/recording/doctor.hpp"

namespace sim::cli {
namespace {

using debug::Place;
using machine::Moment;

constexpr std::uint64_t slice = 5'000'000;

Moment bookmark(recording::Recording const& recording, std::string const& name) {
    std::string names;
    for (auto const& one : recording.bookmarks) {
        if (one.name == name) return one.at;
        names += (names.empty() ? "" : ", ") + one.name;
    }
    throw std::runtime_error(
        fmt::format("no bookmark \"{}\": {}", name,
                    names.empty() ? "this recording has no bookmarks" : "there are " + names));
}

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
            return bookmark(recording, place.bookmark);
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
    auto const event = [&]() -> std::optional<Moment> {
        if (place.kind != Place::Kind::event) return std::nullopt;
        debug::EventView const events = observation.events().view();
        auto const& numbers = events.group(place.group);
        if (numbers.end() < place.number || place.number - 1 < numbers.begin()) return std::nullopt;
        return events.all[numbers[place.number - 1]].at;
    };
    Moment const end = last_of(recording);
    Moment const limit = known(recording, place).value_or(end);
    std::uint64_t const until_ns = place.kind == Place::Kind::time ? place.ns : UINT64_MAX;
    Progress const progress;
    while (machine.moment() < limit && !event()) {
        Moment const before = machine.moment();
        auto const result = machine.run(
            {.moment = std::min(limit, Moment{before.retired + slice, 0}), .virtual_ns = until_ns});
        if (Interruption::requested()) return false;
        if (end.retired)
            progress.show(static_cast<double>(machine.moment().retired) / static_cast<double>(end.retired));
        if (result.stop != machine::RunStop::reached && result.stop != machine::RunStop::interrupted) break;
        if (machine.moment() == before) break;
    }
    if (auto const at = event()) {
        observation.rewind();
        machine.seek(*at);
    } else if (place.kind == Place::Kind::event) {
        throw std::runtime_error(fmt::format("there is no such event in this recording: only {} of {}",
                                             observation.events().view().group(place.group).end(),
                                             debug::name_of(place.group)));
    }
    return true;
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
