// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/place.hpp"

#include <fmt/format.h>

#include "simulator/debug/words.hpp"

namespace sim::debug {
namespace {

constexpr std::string_view bookmark_word = "bookmark:";

constexpr EventGroup groups[] = {EventGroup::packets, EventGroup::faults, EventGroup::interrupts,
                                 EventGroup::switches, EventGroup::connections};

ParsedPlace found(Place place) { return {std::move(place), ""}; }

ParsedPlace event(std::string_view kind, std::string_view count) {
    for (EventGroup const group : groups) {
        if (kind != word_of(group)) continue;
        auto const number = parse_number(count);
        if (number.value_or(0) == 0) return {std::nullopt, fmt::format("{}: wants a number from 1 on", kind)};
        return found({.kind = Place::Kind::event, .group = group, .number = *number});
    }
    return {
        std::nullopt,
        fmt::format("no kind of event is called \"{}\": packet, fault, interrupt, switch, connection", kind)};
}

}  // namespace

ParsedPlace parse_place(std::string_view given) {
    std::string_view const words = trimmed(given);
    if (words.starts_with(bookmark_word))
        return found(
            {.kind = Place::Kind::bookmark, .bookmark = std::string(words.substr(bookmark_word.size()))});
    std::string text(words);
    std::erase(text, ',');  // "1,234,567" as the window shows it
    if (text == "start") return found({.kind = Place::Kind::start});
    if (text == "end") return found({.kind = Place::Kind::end});
    if (auto const moment = machine::parse_moment(text))
        return found({.kind = Place::Kind::moment, .moment = *moment});
    if (auto const ns = machine::parse_duration(text)) return found({.kind = Place::Kind::time, .ns = *ns});
    std::size_t const colon = text.find(':');
    if (colon != std::string::npos && text.find("::") != colon)
        return event(std::string_view(text).substr(0, colon), std::string_view(text).substr(colon + 1));
    return {std::nullopt,
            fmt::format("\"{}\" is no moment: want 123456, 123456.2, 12.5ms, start, end, bookmark:NAME, "
                        "packet:3, fault:1, interrupt:2, switch:4 or connection:1",
                        text)};
}

FileAndPlace split_place(std::string const& text) {
    std::error_code ignored;
    std::size_t const at = text.rfind('@');
    if (at == std::string::npos || std::filesystem::exists(text, ignored)) return {text, ""};
    return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace sim::debug
