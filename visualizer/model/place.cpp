// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "simulator/debug/place.hpp"
#include "visualizer/model/bookmark_text.hpp"
#include "visualizer/model/segment_place.hpp"
#include "visualizer/model/time_axis.hpp"

namespace viz::model {

using sim::debug::EventGroup;
using sim::debug::Snapshot;

namespace {

std::string trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    std::string out(text);
    std::erase(out, ',');  // "1,234,567" as the transport bar shows it
    return out;
}

Place find_event(EventGroup group, std::uint64_t number, Snapshot const& now) {
    auto const& numbers = now.events.group(group);
    if (number > numbers.end())
        return NoSuchPlace{fmt::format("there are only {} {}", numbers.end(), sim::debug::name_of(group))};
    auto const event = now.events.nth(group, number);
    if (!event)
        return NoSuchPlace{
            fmt::format("number {} of {} is no longer held", number, sim::debug::name_of(group))};
    return EventPlace{*event, now.events.all[*event].at};
}

// All that is known is looked through: for a command, not for a frame.
Place find_segment_place(std::string_view text, Snapshot const& now) {
    auto const words = parse_segment(text);
    if (auto const* why = std::get_if<std::string>(&words)) return NoSuchPlace{*why};
    TcpFlows flows;
    flows.update(now.events);
    auto const found = find_segment(std::get<SegmentWords>(words), flows);
    if (auto const* why = std::get_if<std::string>(&found)) return NoSuchPlace{*why};
    std::uint64_t const event = std::get<std::uint64_t>(found);
    return EventPlace{event, now.events.all[event].at};
}

Place find_bookmark(std::string const& name, Snapshot const& now) {
    if (!now.machine) return NoSuchPlace{"there are no bookmarks"};
    for (auto const& bookmark : now.machine->bookmarks)
        if (bookmark.name == name) return bookmark;
    return NoSuchPlace{no_such_bookmark(name, now)};
}

Place find_moment(sim::debug::Place const& place, Snapshot const& now) {
    using Kind = sim::debug::Place::Kind;
    switch (place.kind) {
        case Kind::start:
            return sim::machine::Moment{};
        case Kind::end:
            return std::max(now.end, now.moment);
        case Kind::moment:
            return place.moment;
        case Kind::time:
            return moment_at(now.events, place.ns, std::max(now.end, now.moment),
                             std::max(now.end_ns, now.virtual_ns));
        case Kind::event:
            return find_event(place.group, place.number, now);
        case Kind::probe:
            if (auto const event = sim::debug::nth_of(now.events, place.probe, place.number))
                return EventPlace{*event, now.events.all[*event].at};
            return NoSuchPlace{
                fmt::format("there are not so many of the probe {}, or the oldest are no longer held",
                            sim::debug::probe_name(place.probe))};
        case Kind::bookmark:
            break;
    }
    return find_bookmark(place.bookmark, now);
}

}  // namespace

Place find_place(std::string_view given, Snapshot const& now) {
    std::string text = trimmed(given);
    if (text.empty()) return NoSuchPlace{"nothing to go to"};
    if (text.starts_with("0x") || text.starts_with("0X")) {
        std::uint64_t address = 0;
        auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), address, 16);
        if (error == std::errc() && end == text.data() + text.size()) return AddressPlace{address, false};
        return NoSuchPlace{fmt::format("\"{}\" is no address", text)};
    }
    if (text.starts_with(segment_word))
        return find_segment_place(std::string_view(text).substr(segment_word.size()), now);
    auto const parsed = sim::debug::parse_place(given);
    if (parsed.place) return find_moment(*parsed.place, now);
    if (text.find(':') != std::string::npos && text.find("::") == std::string::npos)
        return NoSuchPlace{parsed.why};
    if (now.symbols) {
        if (auto const* function = now.symbols->function_named(text))
            return AddressPlace{function->low, true};
        if (auto const* object = now.symbols->object_named(text)) return AddressPlace{object->address, false};
        // The end of a qualified name is enough when it is the only one.
        sim::debug::Function const* found = nullptr;
        for (auto const& function : now.symbols->functions())
            if (function.name.ends_with("::" + text)) {
                found = &function;
                break;
            }
        if (found) return AddressPlace{found->low, true};
        // Labels of the assembly have no type.
        if (auto const address = now.symbols->address_of_symbol(text)) return AddressPlace{*address, false};
    }
    return NoSuchPlace{fmt::format(
        "\"{}\" is no moment (123456, 12.5ms, end), event (packet:3), address (0x...) or function", text)};
}

std::optional<sim::machine::Moment> moment_of(Place const& place) {
    if (auto const* moment = std::get_if<sim::machine::Moment>(&place)) return *moment;
    if (auto const* event = std::get_if<EventPlace>(&place)) return event->at;
    if (auto const* bookmark = std::get_if<sim::recording::Bookmark>(&place)) return bookmark->at;
    return std::nullopt;
}

sim::debug::Entity entity_of_event(std::uint64_t number, sim::debug::EventView const& events) {
    using sim::debug::EntityKind;
    bool const packet = sim::debug::group_of(events.all[number].kind) == EventGroup::packets;
    return {packet ? EntityKind::packet : EntityKind::event, number, 0};
}

}  // namespace viz::model
