// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/destination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace sim::debug {

using machine::Moment;

namespace {

constexpr std::uint64_t slice = 5'000'000;

// The moment of the event that is looked for, once it has happened.
std::optional<Moment> moment_of(Observation& observation, Destination const& place) {
    if (!place.group && !place.probe) return std::nullopt;
    EventView const events = observation.events().view();
    auto const number =
        place.group ? events.nth(*place.group, place.count) : nth_of(events, *place.probe, place.count);
    return number ? std::optional(events.all[*number].at) : std::nullopt;
}

}  // namespace

Destination destination_of(std::string_view text) {
    if (text.empty()) return {};
    ParsedPlace const parsed = parse_place(text);
    if (!parsed.place) throw std::runtime_error(parsed.why);
    Destination d = destination_of(*parsed.place);
    d.text = text;
    return d;
}

Destination destination_of(Place const& place) {
    Destination d;
    switch (place.kind) {
        case Place::Kind::start:
            d.moment = {};
            break;
        case Place::Kind::end:
            break;
        case Place::Kind::moment:
            d.moment = place.moment;
            break;
        case Place::Kind::time:
            d.virtual_ns = place.ns;
            break;
        case Place::Kind::bookmark:
            d.bookmark = place.bookmark;
            break;
        case Place::Kind::event:
            d.group = place.group;
            d.count = place.number;
            break;
        case Place::Kind::probe:
            d.probe = place.probe;
            d.count = place.number;
            break;
    }
    return d;
}

Destination look_up(Destination place, recording::Recording const& recording) {
    if (place.bookmark.empty()) return place;
    std::string names;
    for (recording::Bookmark const& b : recording.bookmarks) {
        if (b.name == place.bookmark) {
            place.moment = b.at;
            place.bookmark.clear();
            return place;
        }
        names += (names.empty() ? "" : ", ") + b.name;
    }
    throw std::runtime_error(fmt::format("there is no bookmark {} in this recording: {}", place.bookmark,
                                         names.empty() ? "it has none" : "it has " + names));
}

std::uint64_t events_of(Observation& observation, Destination const& place) {
    EventView const events = observation.events().view();
    if (place.group) return events.group(*place.group).end();
    std::uint64_t count = 0;
    if (place.probe)
        for (std::uint64_t n = events.all.begin(); n < events.all.end(); ++n)
            count += events.all[n].kind == *place.probe;
    return count;
}

Going go_to_place(machine::Machine& machine, Observation& observation, Destination const& place, Moment end,
                  SearchControl const& control) {
    Moment const limit = std::min(place.moment, end);
    auto const cancelled = [&] { return control.cancelled && control.cancelled(); };
    while (machine.moment() < limit && !moment_of(observation, place)) {
        Moment const before = machine.moment();
        auto const r = machine.run(
            {.moment = std::min(limit, Moment{before.retired + slice, 0}), .virtual_ns = place.virtual_ns});
        if (cancelled()) return Going::cancelled;
        if (control.progress && end.retired && end != Moment::never())
            control.progress(static_cast<double>(machine.moment().retired) / static_cast<double>(end.retired),
                             machine.moment());
        if (r.stop == machine::RunStop::interrupted) continue;
        if (r.stop != machine::RunStop::reached) break;
        if (machine.moment() == before) break;
    }
    if (!place.group && !place.probe) return Going::there;
    auto const at = moment_of(observation, place);
    if (!at) return Going::missing;
    observation.rewind();
    while (machine.seek(*at).stop == machine::RunStop::interrupted && !cancelled()) {
    }
    return cancelled() ? Going::cancelled : Going::there;
}

}  // namespace sim::debug
