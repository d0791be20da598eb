// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/packet_filter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/words.hpp"

namespace viz::model {

using sim::debug::lowered;

namespace {

bool contains(std::string_view text, std::string_view lower_word) {
    auto same = [](char a, char b) { return lowered(a) == b; };
    return std::ranges::search(text, lower_word, same).begin() != text.end();
}

// "10.0.2.2:80": the address and the port.
std::pair<std::string_view, std::string_view> parts(std::string_view endpoint) {
    std::size_t const colon = endpoint.rfind(':');
    // Of a hardware address every colon is its own.
    if (colon == std::string_view::npos || endpoint.find(':') != colon) return {endpoint, {}};
    return {endpoint.substr(0, colon), endpoint.substr(colon + 1)};
}

}  // namespace

std::variant<PacketFilter, std::string> PacketFilter::parse(std::string_view text) {
    PacketFilter filter;
    filter.any_.emplace_back();
    bool negated = false;
    for (std::string_view word = sim::debug::take_word(text); !word.empty();
         word = sim::debug::take_word(text)) {
        std::string const typed = lowered(word);
        if (typed == "or" || typed == "and") {
            if (filter.any_.back().empty() || negated)
                return fmt::format("\"{}\" stands between two terms", typed);
            if (typed == "or") filter.any_.emplace_back();
            continue;
        }
        if (typed == "not") {
            negated = !negated;
            continue;
        }
        Term term;
        term.negated = std::exchange(negated, false);
        auto const after = [&](std::string_view prefix) {
            if (!typed.starts_with(prefix)) return false;
            term.word = typed.substr(prefix.size());
            return true;
        };
        bool const by_length = after("len>") || after("len<");
        if (typed == "in" || typed == "out" || typed == "bad") {
            term.kind = typed == "in" ? Term::Kind::in : typed == "out" ? Term::Kind::out : Term::Kind::bad;
        } else if (by_length) {
            auto const number = sim::debug::parse_number(term.word);
            if (!number) return fmt::format("\"{}\" is no number of bytes", term.word);
            term.number = *number;
            term.kind = typed[3] == '>' ? Term::Kind::longer : Term::Kind::shorter;
        } else if (after("host=")) {
            term.kind = Term::Kind::host;
        } else if (after("port=")) {
            auto const number = sim::debug::parse_number(term.word);
            if (!number || *number > 65535) return fmt::format("\"{}\" is no port", term.word);
            term.word = fmt::format("{}", *number);  // as packets have it, however it was typed
            term.kind = Term::Kind::port;
        } else {
            term.word = typed;
        }
        filter.any_.back().push_back(std::move(term));
    }
    if (negated) return "\"not\" stands before a term";
    if (filter.any_.size() > 1 && filter.any_.back().empty()) return "\"or\" stands between two terms";
    return filter;
}

bool PacketFilter::holds(Term const& term, PacketRow const& row, std::uint64_t length) {
    auto const& d = row.decoded;
    switch (term.kind) {
        case Term::Kind::in:
            return !row.outward;
        case Term::Kind::out:
            return row.outward;
        case Term::Kind::bad:
            return d.bad;
        case Term::Kind::host:
            return parts(d.source).first == term.word || parts(d.destination).first == term.word;
        case Term::Kind::port:
            return parts(d.source).second == term.word || parts(d.destination).second == term.word;
        case Term::Kind::longer:
            return length > term.number;
        case Term::Kind::shorter:
            return length < term.number;
        case Term::Kind::word:
            break;
    }
    return contains(d.info, term.word) || contains(d.source, term.word) ||
           contains(d.destination, term.word) || contains(sim::debug::name_of(d.protocol), term.word);
}

bool PacketFilter::matches(PacketRow const& row, std::uint64_t length) const {
    return std::ranges::any_of(any_, [&](auto const& all) {
        return std::ranges::all_of(all, [&](Term const& t) { return holds(t, row, length) != t.negated; });
    });
}

}  // namespace viz::model
