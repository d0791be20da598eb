// SPDX-License-Identifier: GPL-2.0-or-later
//
// A comparison for people, and for programs.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/text.hpp"

namespace sim::debug::compare {

namespace {

constexpr std::size_t most_frames = 8;
constexpr std::size_t column = 56;

std::string shown(std::string const& side) { return side.empty() ? "-" : side; }

std::string cut(std::string text, std::size_t width) {
    if (text.size() > width) text = text.substr(0, width - 3) + "...";
    return text;
}

// Left and right, and a mark where they are not the same.
void pair(std::string& out, std::string_view name, std::string const& one, std::string const& other) {
    out += fmt::format("{:<10} {:<{}} {} {}\n", name, cut(shown(one), column), column,
                       one == other ? ' ' : '|', cut(shown(other), 2 * column));
}

nlohmann::ordered_json side_json(SideInfo const& s) {
    return {{"title", s.title},       {"image", s.image},
            {"moment", s.moment},     {"virtual_ns", s.virtual_ns},
            {"location", s.location}, {"function", s.function},
            {"line", s.line},         {"ending", s.ending},
            {"stack", s.stack}};
}
nlohmann::ordered_json change_json(Change const& c) {
    return {{"what", c.what}, {"one", c.one}, {"other", c.other}};
}

}  // namespace

std::string to_text(Comparison const& c, std::size_t most) {
    std::string out;
    pair(out, "", c.one.title, c.other.title);
    if (!c.same_image) pair(out, "image", c.one.image, c.other.image);
    pair(out, "moment", c.one.moment, c.other.moment);
    pair(out, "time", format_ns(c.one.virtual_ns), format_ns(c.other.virtual_ns));
    pair(out, "at", c.one.location, c.other.location);
    pair(out, "line", c.one.line, c.other.line);
    if (!c.one.ending.empty() || !c.other.ending.empty()) pair(out, "ending", c.one.ending, c.other.ending);
    std::size_t const frames = std::min(std::max(c.one.stack.size(), c.other.stack.size()), most_frames);
    for (std::size_t i = 1; i < frames; ++i)
        pair(out, i == 1 ? "called by" : "", i < c.one.stack.size() ? c.one.stack[i] : "",
             i < c.other.stack.size() ? c.other.stack[i] : "");
    out += "\n";
    if (!c.relation.empty()) out += c.relation + "\n";
    if (c.first) {
        out += fmt::format("first difference: {}", c.first->cause);
        if (c.first->one == c.first->other)
            out += fmt::format(", at {}\n", to_string(c.first->one));
        else
            out += fmt::format(", at {} and {}\n", to_string(c.first->one), to_string(c.first->other));
        for (Change const& f : c.first->fields)
            out += fmt::format("    {}: {} | {}\n", f.what, shown(f.one), shown(f.other));
    } else {
        out += "no first difference: " + c.first_text + "\n";
    }
    for (Section const& s : c.sections) {
        std::uint64_t const all = s.changes.size() + s.left_out;
        out += fmt::format(
            "{}: {} {}{}{}\n", s.name, all, all == 1 ? "difference" : "differences",
            s.weighs ? "" : ", which do not count between two builds",
            s.coarse ? ", too many to align: some that are missing may be among those added" : "");
        std::size_t const printed = std::min(most, s.changes.size());
        for (Change const& change : std::span(s.changes).first(printed))
            out += fmt::format("    {}: {} | {}\n", change.what, shown(change.one), shown(change.other));
        if (all > printed) out += fmt::format("    and {} more\n", all - printed);
    }
    out += c.same ? "the same in all that counts\n" : "";
    return out;
}

nlohmann::ordered_json to_json(Comparison const& c) {
    nlohmann::ordered_json j = {{"same", c.same},
                                {"same_image", c.same_image},
                                {"one", side_json(c.one)},
                                {"other", side_json(c.other)}};
    if (!c.relation.empty()) j["relation"] = c.relation;
    if (c.first) {
        j["first"] = {{"one", to_string(c.first->one)},
                      {"other", to_string(c.first->other)},
                      {"cause", c.first->cause}};
        j["first"]["fields"] = nlohmann::ordered_json::array();
        for (Change const& f : c.first->fields) j["first"]["fields"].push_back(change_json(f));
    } else {
        j["no_first_difference"] = c.first_text;
    }
    j["sections"] = nlohmann::ordered_json::object();
    for (Section const& s : c.sections) {
        nlohmann::ordered_json one = {{"counts", s.weighs}, {"coarse", s.coarse}, {"left_out", s.left_out}};
        one["changes"] = nlohmann::ordered_json::array();
        for (Change const& change : s.changes) one["changes"].push_back(change_json(change));
        j["sections"][s.name] = std::move(one);
    }
    return j;
}

}  // namespace sim::debug::compare
