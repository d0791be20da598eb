// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/moment.hpp"

#include <charconv>

namespace sim::machine {

std::string to_string(Moment moment) {
    std::string text = std::to_string(moment.retired);
    if (moment.sub != 0) text += "." + std::to_string(moment.sub);
    return text;
}

std::optional<Moment> parse_moment(std::string_view text) {
    Moment moment;
    char const* const end = text.data() + text.size();
    auto [after, error] = std::from_chars(text.data(), end, moment.retired);
    if (error != std::errc{}) return std::nullopt;
    if (after == end) return moment;
    if (*after != '.') return std::nullopt;
    auto [after_sub, sub_error] = std::from_chars(after + 1, end, moment.sub);
    if (sub_error != std::errc{} || after_sub != end) return std::nullopt;
    return moment;
}

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t ns;
};
constexpr Unit units[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};
constexpr std::uint64_t longest_ns = 3'155'760'000'000'000'000;  // a hundred years
static_assert(longest_ns < end_of_time_ns);

}  // namespace

std::optional<std::uint64_t> parse_duration(std::string_view text) {
    std::size_t const after_digits = text.find_first_not_of("0123456789.");
    if (after_digits == std::string_view::npos || after_digits == 0) return std::nullopt;
    std::string_view const digits = text.substr(0, after_digits);
    std::string_view name = text.substr(after_digits);
    while (name.starts_with(' ')) name.remove_prefix(1);
    for (Unit const& unit : units) {
        if (unit.name != name) continue;
        std::uint64_t whole = 0;
        auto const [point, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
        if (error != std::errc{} || whole > longest_ns / unit.ns) return std::nullopt;
        std::uint64_t ns = whole * unit.ns, scale = unit.ns;
        std::string_view part = digits.substr(static_cast<std::size_t>(point - digits.data()));
        if (part == ".") return std::nullopt;
        if (!part.empty()) part.remove_prefix(1);
        while (part.ends_with('0')) part.remove_suffix(1);
        for (char const digit : part) {
            if (digit == '.' || scale < 10) return std::nullopt;  // finer than a nanosecond
            scale /= 10;
            ns += static_cast<std::uint64_t>(digit - '0') * scale;
        }
        return ns <= longest_ns ? std::optional(ns) : std::nullopt;
    }
    return std::nullopt;
}

std::string duration_text(std::uint64_t ns) {
    for (Unit const& unit : units)
        if (ns >= unit.ns && ns % unit.ns == 0) return std::to_string(ns / unit.ns).append(unit.name);
    return "0ns";
}

}  // namespace sim::machine
