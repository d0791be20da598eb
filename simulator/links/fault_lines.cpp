// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/fault_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <stdexcept>

#include "simulator/links/properties.hpp"

namespace sim::links {
namespace {

// By FaultLine::Action.
constexpr std::string_view actions[] = {"drop", "delay", "duplicate", "corrupt", "partition"};

[[noreturn]] void refuse(std::string_view line, char const* why) {
    throw std::runtime_error(fmt::format(
        "fault \"{}\": {}; examples: drop tcp syn 1, drop frame 7, delay ip 3 5ms, duplicate udp 2, "
        "corrupt frame 4 byte 5, drop tcp data 1 from NAME to NAME, partition A B from 10ms to 20ms; what "
        "goes wrong in a machine ends with \"on NAME\"",
        line, why));
}

}  // namespace

FaultLine parse_fault_line(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::string_view rest = text; !rest.empty();) {
        std::size_t const begin = rest.find_first_not_of(" \t");
        if (begin == std::string_view::npos) break;
        rest.remove_prefix(begin);
        words.push_back(rest.substr(0, rest.find_first_of(" \t")));
        rest.remove_prefix(words.back().size());
    }
    std::size_t at = 0;
    auto const next = [&]() -> std::string_view { return at < words.size() ? words[at++] : ""; };

    FaultLine line;
    auto const action = std::find(std::begin(actions), std::end(actions), next());
    if (action == std::end(actions))
        refuse(text, "it begins with none of drop, delay, duplicate, corrupt, partition");
    line.action = static_cast<FaultLine::Action>(action - std::begin(actions));
    if (line.action == FaultLine::Action::partition) {
        line.between_a = next();
        line.between_b = next();
        bool const from = next() == "from";
        auto const begin = parse_duration(next());
        bool const to = next() == "to";
        auto const end = parse_duration(next());
        if (!from || !to || !begin || !end || *begin >= *end || at != words.size())
            refuse(text, "a partition needs two names and the times from and to");
        line.begin_ns = *begin;
        line.end_ns = *end;
        return line;
    }
    std::string words_of_kind(next());
    if (words_of_kind == "tcp" && at < words.size() && is_tcp_word(words[at]))
        words_of_kind += " " + std::string(words[at++]);
    auto const kind = frame_kind_named(words_of_kind);
    if (!kind) refuse(text, "there are the kinds frame, arp, ip, icmp, udp and tcp");
    line.kind = *kind;
    std::string_view const number = next();
    auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), line.number);
    if (error != std::errc{} || end != number.data() + number.size() || line.number == 0)
        refuse(text, "it does not say which one, counted from 1");
    if (line.action == FaultLine::Action::delay) {
        auto const delay = parse_duration(next());
        if (!delay || *delay == 0 || *delay > most_delay_ns) refuse(text, "a delay needs a time, up to 60s");
        line.delay_ns = *delay;
    }
    auto const take = [&](std::string_view word) {
        bool const is = at + 1 < words.size() && words[at] == word;
        at += is;
        return is;
    };
    if (line.action == FaultLine::Action::corrupt && take("byte")) {
        std::string_view const byte = next();
        auto const [end_of, wrong] = std::from_chars(byte.data(), byte.data() + byte.size(), line.byte);
        if (wrong != std::errc{} || end_of != byte.data() + byte.size() || line.byte > 65535)
            refuse(text, "a byte is counted from the frame's end, from 0 to 65535");
    }
    if (take("from")) line.from = next();
    if (take("to")) line.to = next();
    if (at != words.size()) refuse(text, "there is something after its end");
    return line;
}

std::string to_string(FaultLine const& line) {
    if (line.action == FaultLine::Action::partition)
        return fmt::format("partition {} {} from {}ns to {}ns", line.between_a, line.between_b, line.begin_ns,
                           line.end_ns);
    std::string text = fmt::format("{} {}", actions[static_cast<int>(line.action)], name_of(line.kind));
    text += fmt::format(" {}", line.number);
    if (line.action == FaultLine::Action::delay) text += fmt::format(" {}ns", line.delay_ns);
    if (line.byte != 0) text += fmt::format(" byte {}", line.byte);
    if (!line.from.empty()) text += " from " + line.from;
    if (!line.to.empty()) text += " to " + line.to;
    return text;
}

FaultEffect FaultLines::on_frame(std::uint64_t now_ns, std::string_view from, std::string_view to,
                                 std::span<std::uint8_t const> frame) {
    FaultEffect effect;
    for (auto& [line, matched] : lines_) {
        if (line.action == FaultLine::Action::partition) {
            bool const there = (line.between_a == from && line.between_b == to) ||
                               (line.between_a == to && line.between_b == from);
            effect.drop |= there && now_ns >= line.begin_ns && now_ns < line.end_ns;
            continue;
        }
        if (!line.from.empty() && line.from != from) continue;
        if (!line.to.empty() && line.to != to) continue;
        if (!is_kind(frame, line.kind) || ++matched != line.number) continue;
        switch (line.action) {
            case FaultLine::Action::drop:
                effect.drop = true;
                break;
            case FaultLine::Action::delay:
                effect.delay_ns += line.delay_ns;
                break;
            case FaultLine::Action::duplicate:
                effect.duplicate = true;
                break;
            case FaultLine::Action::corrupt:
                effect.corrupt.push_back(line.byte);
                break;
            case FaultLine::Action::partition:
                break;
        }
    }
    return effect;
}

void FaultLines::save(machine::StateWriter& writer) const {
    std::vector<std::string> texts;
    std::vector<std::uint64_t> matched;
    for (Counted const& one : lines_) {
        texts.push_back(to_string(one.line));
        matched.push_back(one.matched);
    }
    writer("lines", texts);
    writer("matched", matched);
}

void FaultLines::load(machine::StateReader& reader) {
    std::vector<std::string> texts;
    std::vector<std::uint64_t> matched;
    reader("lines", texts);
    reader("matched", matched);
    if (texts.size() != matched.size()) throw machine::StateError("saved faults do not fit their counts");
    lines_.clear();
    for (std::size_t i = 0; i < texts.size(); ++i) lines_.push_back({parse_fault_line(texts[i]), matched[i]});
}

}  // namespace sim::links
