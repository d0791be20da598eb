// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happened, aligned: events that are missing, added, or changed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>

#include "simulator/debug/compare/differ.hpp"
#include "simulator/debug/compare/event_keys.hpp"
#include "simulator/debug/compare/sequence.hpp"

namespace sim::debug::compare {

namespace {

using Kind = Edit::Kind;
using Keyed = std::vector<KeyedEvent>;

EditScript align(Keyed const& one, Keyed const& other) {
    std::unordered_map<std::string, std::uint64_t> numbers;
    auto const numbered = [&](Keyed const& events) {
        std::vector<std::uint64_t> result;
        for (KeyedEvent const& e : events)
            result.push_back(numbers.try_emplace(e.key, numbers.size()).first->second);
        return result;
    };
    auto const left = numbered(one);
    return edit_script(left, numbered(other));
}

// From the first byte that differs on, as far as it is text.
std::string excerpt(KeyedEvent const& e, std::size_t from) {
    std::string text;
    for (std::size_t i = e.payload + from; i < e.frame->size() && text.size() < 32; ++i) {
        char const c = static_cast<char>((*e.frame)[i]);
        text += c >= 32 && c < 127 ? c : '.';
    }
    return fmt::format(", byte {}: \"{}\"", from, text);
}
std::pair<std::string, std::string> excerpts(KeyedEvent const& a, KeyedEvent const& b) {
    if (!a.frame || !b.frame) return {};
    std::size_t from = 0;
    while (a.payload + from < a.frame->size() && b.payload + from < b.frame->size() &&
           (*a.frame)[a.payload + from] == (*b.frame)[b.payload + from])
        ++from;
    return {excerpt(a, from), excerpt(b, from)};
}

std::string told(KeyedEvent const& e) { return fmt::format("{} {}", e.name, e.text); }

// A stretch of missing and added events: those of one shape are one event that changed.
void tell_stretch(Collector& c, std::vector<KeyedEvent const*> const& missing,
                  std::vector<KeyedEvent const*>& added) {
    std::size_t next = 0;
    for (KeyedEvent const* const m : missing) {
        std::size_t found = next;
        while (found < added.size() && added[found]->shape != m->shape) ++found;
        if (found == added.size()) {
            c.tell("missing", told(*m), "");
            continue;
        }
        for (; next < found; ++next) c.tell("added", "", told(*added[next]));
        auto const [one, other] = excerpts(*m, *added[next]);
        c.tell("changed", told(*m) + one, told(*added[next++]) + other);
    }
    for (; next < added.size(); ++next) c.tell("added", "", told(*added[next]));
    added.clear();
}

Section section(std::string name, Keyed const& one, Keyed const& other, std::size_t most, bool weighs) {
    Collector c(std::move(name), most, weighs);
    EditScript const script = align(one, other);
    if (script.coarse) c.coarse();
    std::vector<KeyedEvent const*> missing, added;
    auto const flush = [&] {
        tell_stretch(c, missing, added);
        missing.clear();
    };
    for (Edit const& edit : script.edits) {
        if (edit.kind == Kind::same)
            flush();
        else if (edit.kind == Kind::missing)
            missing.push_back(&one[edit.one]);
        else
            added.push_back(&other[edit.other]);
    }
    flush();
    return c.take();
}

constexpr std::pair<EventGroup, char const*> groups[] = {{EventGroup::packets, "packets"},
                                                         {EventGroup::faults, "faults"},
                                                         {EventGroup::connections, "connection events"},
                                                         {EventGroup::threads, "thread events"},
                                                         {EventGroup::disk, "disk requests"}};

using Grouped = std::array<Keyed, std::size(groups)>;

Grouped by_group(Portrait const& p) {
    Grouped found;
    std::vector<KeyedEvent> all = keyed_events(p.events, *p.symbols, p.moment);
    for (KeyedEvent& e : all)
        for (std::size_t g = 0; g < std::size(groups); ++g)
            if (e.group == groups[g].first) {
                found[g].push_back(std::move(e));
                break;
            }
    return found;
}

// Each group by itself: two builds do unrelated things in another order. The
// difference that comes first in virtual time counts.
std::optional<First> first_difference(Sides const& s, Grouped const& one, Grouped const& other) {
    Portrait const &a = s.one, &b = s.other;
    std::optional<First> first;
    std::uint64_t first_ns = UINT64_MAX;
    for (std::size_t g = 0; g < std::size(groups); ++g) {
        auto const [i, j] =
            std::mismatch(one[g].begin(), one[g].end(), other[g].begin(), other[g].end(),
                          [](KeyedEvent const& x, KeyedEvent const& y) { return x.key == y.key; });
        bool const mine = i != one[g].end(), theirs = j != other[g].end();
        if (!mine && !theirs) continue;
        std::uint64_t const ns =
            std::min(mine ? i->virtual_ns : UINT64_MAX, theirs ? j->virtual_ns : UINT64_MAX);
        if (ns >= first_ns) continue;
        first_ns = ns;
        first = First{mine ? i->at : a.moment, theirs ? j->at : b.moment, "", {}};
        if (mine && theirs) {
            auto const [one_text, other_text] =
                i->shape == j->shape ? excerpts(*i, *j) : std::pair<std::string, std::string>();
            first->cause = fmt::format("{}{} | {}{}", told(*i), one_text, told(*j), other_text);
        } else {
            first->cause = fmt::format("{}, which {} does not have", mine ? told(*i) : told(*j),
                                       mine ? b.title : a.title);
        }
    }
    return first;
}

}  // namespace

EventDifferences event_differences(Sides const& s) {
    EventDifferences found;
    Grouped const one = by_group(s.one), other = by_group(s.other);
    for (std::size_t g = 0; g < std::size(groups); ++g)
        found.sections.push_back(section(groups[g].second, one[g], other[g], s.most, true));
    found.first = first_difference(s, one, other);
    return found;
}

}  // namespace sim::debug::compare
