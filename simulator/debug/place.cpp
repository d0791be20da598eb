// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/words.hpp"

namespace sim::debug {
namespace {

constexpr std::string_view bookmark_word = "bookmark:", probe_word = "probe:";

constexpr EventGroup groups[] = {EventGroup::packets,  EventGroup::faults,      EventGroup::interrupts,
                                 EventGroup::switches, EventGroup::connections, EventGroup::disk};

ParsedPlace found(Place place) { return {std::move(place), ""}; }

constexpr std::pair<EventKind, std::string_view> probes[] = {
    {EventKind::app_ready, "app_ready"},
    {EventKind::disk_flush, "disk_flush"},
    {EventKind::disk_read, "disk_read"},
    {EventKind::disk_request, "disk_request"},
    {EventKind::disk_write, "disk_write"},
    {EventKind::frame_alloc, "frame_alloc"},
    {EventKind::frame_free, "frame_free"},
    {EventKind::halt, "halt"},
    {EventKind::heap_alloc, "heap_alloc"},
    {EventKind::heap_free, "heap_free"},
    {EventKind::http_request, "http_request"},
    {EventKind::input, "input"},
    {EventKind::interrupt, "irq_entry"},
    {EventKind::interrupt_exit, "irq_exit"},
    {EventKind::lock_acquire, "lock_acquire"},
    {EventKind::lock_release, "lock_release"},
    {EventKind::lock_wait, "lock_wait"},
    {EventKind::packet_in, "packet_in"},
    {EventKind::packet_out, "packet_out"},
    {EventKind::tcp_state, "tcp_state"},
    {EventKind::tcp_window, "tcp_window"},
    {EventKind::tcp_round_trip, "tcp_round_trip"},
    {EventKind::tcp_send_window, "tcp_send_window"},
    {EventKind::tcp_receive_window, "tcp_receive_window"},
    {EventKind::thread_create, "thread_create"},
    {EventKind::thread_exit, "thread_exit"},
    {EventKind::thread_switch, "thread_switch"},
    {EventKind::thread_wake, "thread_wake"},
};

// "lock_wait:3"
ParsedPlace probe(std::string_view text) {
    std::size_t const colon = std::min(text.find(':'), text.size());
    std::string_view const name = text.substr(0, colon);
    std::string names;
    for (auto const& [kind, known] : probes) {
        names += (names.empty() ? "" : ", ") + std::string(known);
        if (known != name) continue;
        auto const number = parse_number(text.substr(std::min(colon + 1, text.size())));
        if (number.value_or(0) == 0)
            return {std::nullopt, fmt::format("probe:{}: wants a number from 1 on behind it", name)};
        return {Place{.kind = Place::Kind::probe, .probe = kind, .number = *number}, ""};
    }
    return {std::nullopt, fmt::format("no probe is called \"{}\": there are {}", name, names)};
}

ParsedPlace event(std::string_view kind, std::string_view count) {
    for (EventGroup const group : groups) {
        if (kind != word_of(group)) continue;
        auto const number = parse_number(count);
        if (number.value_or(0) == 0) return {std::nullopt, fmt::format("{}: wants a number from 1 on", kind)};
        return found({.kind = Place::Kind::event, .group = group, .number = *number});
    }
    return {
        std::nullopt,
        fmt::format("no kind of event is called \"{}\": packet, fault, interrupt, switch, connection, disk",
                    kind)};
}

}  // namespace

ParsedPlace parse_place(std::string_view given) {
    std::string_view const words = trimmed(given);
    if (words.starts_with(bookmark_word))
        return found(
            {.kind = Place::Kind::bookmark, .bookmark = std::string(words.substr(bookmark_word.size()))});
    if (words.starts_with(probe_word)) return probe(words.substr(probe_word.size()));
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
                        "packet:3, fault:1, interrupt:2, switch:4, connection:1, disk:2 or probe:lock_wait:1",
                        text)};
}

std::string_view probe_name(EventKind wanted) {
    for (auto const& [kind, name] : probes)
        if (kind == wanted) return name;
    return {};
}

std::optional<std::uint64_t> nth_of(EventView const& events, EventKind kind, std::uint64_t n) {
    if (events.all.begin() != 0) return std::nullopt;
    for (std::uint64_t number = 0; number < events.all.end(); ++number)
        if (events.all[number].kind == kind && --n == 0) return number;
    return std::nullopt;
}

FileAndPlace split_place(std::string const& text) {
    std::error_code ignored;
    std::size_t const at = text.rfind('@');
    if (at == std::string::npos || std::filesystem::exists(text, ignored)) return {text, ""};
    return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace sim::debug
