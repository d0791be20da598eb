// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/segment_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "simulator/debug/words.hpp"

namespace viz::model {

using sim::debug::lowered;
using sim::debug::parse_number;

namespace {

// A segment with what it belongs to.
struct Candidate {
    TcpFlow const& flow;
    std::size_t connection;  // from 0
    Segment const& segment;
};
using Test = std::function<bool(Candidate const&)>;

bool bare_ack(Segment const& s) { return s.from == s.to && s.has(TcpFlag::ack) && !s.has(TcpFlag::rst); }

struct Word {
    std::string_view name;
    bool (*holds)(Candidate const&);
};
constexpr Word words[] = {
    {"in", [](Candidate const& c) { return !c.segment.outward; }},
    {"out", [](Candidate const& c) { return c.segment.outward; }},
    {"syn", [](Candidate const& c) { return c.segment.has(TcpFlag::syn); }},
    {"fin", [](Candidate const& c) { return c.segment.has(TcpFlag::fin); }},
    {"rst", [](Candidate const& c) { return c.segment.has(TcpFlag::rst); }},
    {"ack", [](Candidate const& c) { return bare_ack(c.segment); }},
    {"data", [](Candidate const& c) { return c.segment.length > 0; }},
    {"again", [](Candidate const& c) { return c.segment.again.has_value() || c.segment.fills_hole; }},
    {"lost", [](Candidate const& c) { return c.segment.resent.has_value(); }},
    {"dup", [](Candidate const& c) { return c.segment.duplicate_ack; }},
    {"sack", [](Candidate const& c) { return c.segment.sacks > 0; }},
    {"last",
     [](Candidate const& c) {
         return c.segment.to > c.segment.from && c.segment.to == c.flow.of(c.segment.outward).highest;
     }},
};

std::string all_words() {
    std::string text;
    for (Word const& w : words) text += std::string(w.name) + ", ";
    return text + "seq=N, ack=N, connection=N";
}

// None: it is no word.
std::optional<Test> test_of(std::string_view word) {
    for (Word const& w : words)
        if (w.name == word) return w.holds;
    std::size_t const equals = word.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto const number = parse_number(word.substr(equals + 1));
    std::string_view const name = word.substr(0, equals);
    if (!number || *number > (std::uint64_t{1} << 62)) return std::nullopt;
    auto const n = static_cast<std::int64_t>(*number);
    if (name == "seq") return [n](Candidate const& c) { return c.segment.from <= n && n < c.segment.to; };
    if (name == "ack") return [n](Candidate const& c) { return c.segment.confirmed == n; };
    if (name == "connection")
        return [n](Candidate const& c) { return static_cast<std::int64_t>(c.connection) + 1 == n; };
    return std::nullopt;
}

std::variant<std::vector<Test>, std::string> tests_of(std::string_view text) {
    std::vector<Test> tests;
    while (true) {
        std::size_t const plus = std::min(text.find('+'), text.size());
        std::string const word = lowered(text.substr(0, plus));
        auto test = test_of(word);
        if (!test) return fmt::format("\"{}\" says nothing of a segment: there are {}", word, all_words());
        tests.push_back(std::move(*test));
        if (plus == text.size()) return tests;
        text.remove_prefix(plus + 1);
    }
}

// Events of all segments for which the tests hold, in order.
std::vector<std::uint64_t> matching(std::vector<Test> const& tests, TcpFlows const& flows) {
    std::vector<std::uint64_t> events;
    for (std::size_t i = 0; i < flows.all().size(); ++i)
        for (Segment const& s : flows.all()[i].segments) {
            Candidate const candidate{flows.all()[i], i, s};
            if (std::ranges::all_of(tests, [&](Test const& test) { return test(candidate); }))
                events.push_back(s.event);
        }
    std::ranges::sort(events);
    return events;
}

}  // namespace

std::variant<SegmentWords, std::string> parse_segment(std::string_view text) {
    SegmentWords out;
    if (std::size_t const colon = text.find(':'); colon != std::string_view::npos) {
        auto const number = parse_number(text.substr(colon + 1));
        if (number.value_or(0) == 0) return fmt::format("segment:{}: wants a number from 1 on behind the colon", text.substr(0, colon));
        out.number = *number;
        text = text.substr(0, colon);
    }
    auto const tests = tests_of(text);
    if (auto const* why = std::get_if<std::string>(&tests)) return *why;
    out.text = std::string(text);
    return out;
}

std::variant<std::uint64_t, std::string> find_segment(SegmentWords const& wanted, TcpFlows const& flows) {
    auto const tests = tests_of(wanted.text);
    if (auto const* why = std::get_if<std::string>(&tests)) return *why;
    auto const events = matching(std::get<std::vector<Test>>(tests), flows);
    if (wanted.number > events.size())
        return fmt::format("there are only {} segments that are {}", events.size(), wanted.text);
    return events[wanted.number - 1];
}

std::optional<std::string> segment_text(std::uint64_t event, TcpFlows const& flows) {
    auto const flow = flows.of_event(event);
    if (!flow) return std::nullopt;
    auto const& segments = flows.all()[*flow].segments;
    auto const found = std::ranges::find(segments, event, &Segment::event);
    if (found == segments.end()) return std::nullopt;
    Segment const& s = *found;
    // What makes it itself: flags and losses first, then its place in the stream.
    std::string text = s.outward ? "out" : "in";
    auto const add = [&](std::string_view word) { text += "+" + std::string(word); };
    if (flows.all().size() > 1) add(fmt::format("connection={}", *flow + 1));
    if (s.has(TcpFlag::syn)) add("syn");
    if (s.has(TcpFlag::rst)) add("rst");
    if (s.has(TcpFlag::fin)) add("fin");
    if (s.again) add("again");
    if (s.duplicate_ack)
        add("dup");
    else if (bare_ack(s))
        add("ack");
    if (s.length > 0 && !s.again) add(fmt::format("data+seq={}", s.from));
    auto const tests = tests_of(text);
    auto const events = matching(std::get<std::vector<Test>>(tests), flows);
    auto const at = std::ranges::find(events, event);
    if (at == events.end()) return std::nullopt;
    std::string const number = at == events.begin() ? "" : fmt::format(":{}", at - events.begin() + 1);
    return std::string(segment_word) + text + number;
}

}  // namespace viz::model
