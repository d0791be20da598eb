// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/place.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sim::debug {
namespace {

constexpr std::string_view bookmark_word = "bookmark:";

struct Kind {
    std::string_view name;
    EventGroup group;
};
constexpr Kind kinds[] = {{"packet", EventGroup::packets},
                          {"fault", EventGroup::faults},
                          {"interrupt", EventGroup::interrupts},
                          {"switch", EventGroup::switches},
                          {"connection", EventGroup::connections}};

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

ParsedPlace found(Place place) { return {std::move(place), ""}; }

ParsedPlace event(std::string_view kind, std::string_view count) {
    for (Kind const& known : kinds) {
        if (kind != known.name) continue;
        Place place{.kind = Place::Kind::event, .group = known.group};
        auto const [end, error] = std::from_chars(count.data(), count.data() + count.size(), place.number);
        if (error != std::errc{} || end != count.data() + count.size() || place.number == 0)
            return {std::nullopt, fmt::format("{}: wants a number from 1 on", kind)};
        return found(std::move(place));
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
