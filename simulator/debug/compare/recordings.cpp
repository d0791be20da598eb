// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/compare/recordings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/input_text.hpp"
#include "simulator/recording/first_difference.hpp"
#include "simulator/recording/parent.hpp"

namespace sim::debug::compare {

using machine::Moment;

namespace {

// Where it shall stand; false: cancelled.
bool go(StudiedLife& life, ComparedRecording const& which, SearchControl const& control) {
    Destination const place = look_up(which.place, which.replay.recording());
    switch (
        go_to_place(life.machine(), life.observation(), place, edge_of(which.replay.recording()), control)) {
        case Going::there:
            return true;
        case Going::cancelled:
            return false;
        case Going::missing:
            break;
    }
    throw std::runtime_error(fmt::format("{} has no {}: only {} of {}", which.name, place.text,
                                         events_of(life.observation(), place), name_of(*place.group)));
}

std::string relation(ComparedRecording const& one, ComparedRecording const& other) {
    auto const tell = [](ComparedRecording const& child, ComparedRecording const& parent) -> std::string {
        recording::Recording const& r = child.replay.recording();
        if (!comes_from(r, parent.replay.recording())) return "";
        if (r.parent->kind == "retry")
            return fmt::format("{} is a retry of {}: the same inputs", child.name, parent.name);
        return fmt::format("{} is a {} of {}, from moment {}", child.name, r.parent->kind, parent.name,
                           to_string(r.parent->at));
    };
    std::string const text = tell(one, other);
    return text.empty() ? tell(other, one) : text;
}

// Of one machine: lives are the same until an input differs, and there they differ.
void find_first(Comparison& c, ComparedRecording const& one, ComparedRecording const& other, Moment common) {
    recording::Recording const &a = one.replay.recording(), &b = other.replay.recording();
    c.first.reset();
    if (common == std::min(a.end.at, b.end.at)) {
        c.first_text = a.end.at == b.end.at
                           ? "one life"
                           : fmt::format("one life until {}, where {} ends", to_string(common),
                                         a.end.at < b.end.at ? one.name : other.name);
        return;
    }
    recording::SeekingLife left(one.replay.machine()), right(other.replay.machine());
    recording::FirstDifference const found =
        recording::first_difference(left, right, common, {common.retired, common.sub + 1});
    First first;
    first.one = first.other = found.first_different;
    auto const input = [&](recording::Recording const& r) -> std::string {
        for (machine::Input const& i : r.inputs)
            if (i.at == common) return input_text(i);
        return "none";
    };
    first.cause = fmt::format("another input: {} | {}", input(a), input(b));
    for (machine::Difference const& d : found.fields)
        first.fields.push_back({d.part + " " + d.field, d.one, d.other});
    c.first = std::move(first);
}

}  // namespace

std::optional<Comparison> compare_recordings(ComparedRecording const& one, ComparedRecording const& other,
                                             CompareOptions const& options, SearchControl const& control) {
    StudiedLife left(one.replay.machine()), right(other.replay.machine());
    if (!go(left, one, control) || !go(right, other, control)) return std::nullopt;
    Comparison c = compare(portrait_of(left, one.name), portrait_of(right, other.name), options);
    c.relation = relation(one, other);
    if (auto const common = common_past(one.replay.recording(), other.replay.recording()))
        find_first(c, one, other, *common);
    return c;
}

}  // namespace sim::debug::compare
