// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/stop_text.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>

#include "simulator/debug/words.hpp"

namespace sim::debug {
namespace {

struct Kind {
    StopWord word;
    StopKind kind;
    WatchFor access;
};
constexpr Kind kinds[] = {
    {{"break", "PLACE [if CONDITION] [cpu N] [every N]",
      "stops before the code there: a function, FILE:LINE, 0x..."},
     StopKind::breakpoint,
     WatchFor::change},
    {{"watch", "PLACE [if CONDITION] [cpu N] [every N]", "stops when what stands there changes"},
     StopKind::watchpoint,
     WatchFor::change},
    {{"store", "PLACE [if CONDITION] [cpu N] [every N]", "stops at each store there, also of the same value"},
     StopKind::watchpoint,
     WatchFor::write},
    {{"rwatch", "PLACE [if CONDITION] [cpu N] [every N]", "stops when it is read"},
     StopKind::watchpoint,
     WatchFor::read},
    {{"awatch", "PLACE [if CONDITION] [cpu N] [every N]", "stops when it is read or written"},
     StopKind::watchpoint,
     WatchFor::access},
    {{"when", "CONDITION [cpu N] [every N]", "stops when it becomes true"},
     StopKind::condition,
     WatchFor::change},
};

// "a WORD b" into a and b, at the last WORD that stands between spaces.
std::optional<std::string_view> cut_off(std::string_view& text, std::string_view word) {
    std::string const between = fmt::format(" {} ", word);
    std::size_t const at = text.rfind(between);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view const after = trimmed(text.substr(at + between.size()));
    text = trimmed(text.substr(0, at));
    return after;
}

}  // namespace

std::span<StopWord const> stop_words() {
    static constexpr auto words = [] {
        std::array<StopWord, std::size(kinds)> all;
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = kinds[i].word;
        return all;
    }();
    return words;
}

std::variant<StopSpec, std::string> parse_stop(std::string_view text) {
    text = trimmed(text);
    std::string_view const name = text.substr(0, text.find(' '));
    std::string_view rest = trimmed(text.substr(name.size()));
    for (Kind const& k : kinds) {
        if (k.word.name != name) continue;
        StopSpec spec;
        spec.kind = k.kind;
        spec.access = k.access;
        if (auto const count = cut_off(rest, "every")) {
            spec.count = parse_number(*count).value_or(0);
            if (spec.count == 0) return fmt::format("every {}: want a number from 1 on", *count);
        }
        if (auto const number = cut_off(rest, "cpu")) {
            auto const processor = parse_number(*number);
            if (!processor || *processor > std::numeric_limits<unsigned>::max())
                return fmt::format("cpu {}: want a processor's number, from 0 on", *number);
            spec.processor = static_cast<unsigned>(*processor);
        }
        if (k.kind != StopKind::condition)
            if (auto const condition = cut_off(rest, "if")) {
                if (condition->empty()) return fmt::format("{}: nothing follows \"if\"", name);
                spec.condition = *condition;
            }
        if (rest.empty()) return fmt::format("{} what? Usage: {} {}", name, name, k.word.usage);
        spec.place = rest;
        return spec;
    }
    std::string names;
    for (Kind const& k : kinds) names += fmt::format("{}{}", names.empty() ? "" : ", ", k.word.name);
    return fmt::format("a stop begins with {}; \"{}\" does not", names, name);
}

}  // namespace sim::debug
