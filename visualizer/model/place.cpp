// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "visualizer/model/time_axis.hpp"

namespace viz::model {

using sim::debug::EventGroup;
using sim::debug::Snapshot;

std::optional<std::uint64_t> parse_duration(std::string_view text) {
    static constexpr std::pair<std::string_view, double> units[] = {
        {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    for (auto [unit, factor] : units) {
        if (!text.ends_with(unit)) continue;
        std::string_view number = text.substr(0, text.size() - unit.size());
        while (number.ends_with(' ')) number.remove_suffix(1);
        double value = 0;
        auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
        if (error != std::errc() || end != number.data() + number.size()) continue;
        if (!(value >= 0) || value * factor > 9e18) return std::nullopt;
        return static_cast<std::uint64_t>(std::llround(value * factor));
    }
    return std::nullopt;
}

namespace {

std::string trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    std::string out(text);
    std::erase(out, ',');  // "1,234,567" as the transport bar shows it
    return out;
}

Place find_event(std::string_view kind, std::string_view count, Snapshot const& now) {
    static constexpr std::pair<std::string_view, EventGroup> kinds[] = {
        {"packet", EventGroup::packets},
        {"fault", EventGroup::faults},
        {"interrupt", EventGroup::interrupts},
        {"switch", EventGroup::switches},
        {"connection", EventGroup::connections}};
    for (auto [name, group] : kinds) {
        if (kind != name) continue;
        std::uint64_t number = 0;
        auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), number);
        if (error != std::errc() || end != count.data() + count.size() || number == 0)
            return NoSuchPlace{fmt::format("{}: wants a number from 1 on", name)};
        auto const& numbers = now.events.group(group);
        if (number > numbers.end())
            return NoSuchPlace{
                fmt::format("there are only {} of {}", numbers.end(), sim::debug::name_of(group))};
        if (number - 1 < numbers.begin())
            return NoSuchPlace{fmt::format("{}:{} is no longer held", name, number)};
        std::uint64_t event = numbers[number - 1];
        return EventPlace{event, now.events.all[event].at};
    }
    return NoSuchPlace{
        fmt::format("no kind of event is called \"{}\": packet, fault, interrupt, switch, connection", kind)};
}

}  // namespace

Place find_place(std::string_view given, Snapshot const& now) {
    std::string text = trimmed(given);
    if (text.empty()) return NoSuchPlace{"nothing to go to"};
    if (text == "end") return std::max(now.end, now.moment);
    if (text == "start") return sim::machine::Moment{};
    if (text.starts_with("0x") || text.starts_with("0X")) {
        std::uint64_t address = 0;
        auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), address, 16);
        if (error == std::errc() && end == text.data() + text.size()) return AddressPlace{address, false};
        return NoSuchPlace{fmt::format("\"{}\" is no address", text)};
    }
    if (auto moment = sim::machine::parse_moment(text)) return *moment;
    if (auto ns = parse_duration(text))
        return moment_at(now.events, *ns, std::max(now.end, now.moment),
                         std::max(now.end_ns, now.virtual_ns));
    std::size_t colon = text.find(':');
    if (colon != std::string::npos && text.find("::") != colon)
        return find_event(text.substr(0, colon), text.substr(colon + 1), now);
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
    }
    return NoSuchPlace{fmt::format(
        "\"{}\" is no moment (123456, 12.5ms, end), event (packet:3), address (0x...) or function", text)};
}

}  // namespace viz::model
