// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/units.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sim::explore {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t ns;
};
constexpr Unit units[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};
constexpr std::uint64_t longest_ns = 3'155'760'000'000'000'000;  // a hundred years

std::optional<std::uint64_t> whole(std::string_view text, int base) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) return whole(text.substr(2), 16);
    return whole(text, 10);
}

std::optional<std::uint64_t> parse_duration(std::string_view text) {
    std::size_t const letters = text.find_first_not_of("0123456789.");
    if (letters == std::string_view::npos || letters == 0) return std::nullopt;
    std::string_view const unit = text.substr(letters);
    std::string_view const digits = text.substr(0, letters);
    for (Unit const& known : units) {
        if (known.name != unit) continue;
        std::size_t const point = digits.find('.');
        auto const before = whole(digits.substr(0, point), 10);
        if (!before || *before > longest_ns / known.ns) return std::nullopt;
        std::uint64_t ns = *before * known.ns, scale = known.ns;
        if (point != std::string_view::npos) {
            std::string_view const after = digits.substr(point + 1);
            if (after.empty()) return std::nullopt;
            for (char const digit : after) {
                if (digit == '.' || scale < 10) return std::nullopt;  // finer than a nanosecond
                scale /= 10;
                ns += static_cast<std::uint64_t>(digit - '0') * scale;
            }
        }
        return ns <= longest_ns ? std::optional(ns) : std::nullopt;
    }
    return std::nullopt;
}

std::string duration_text(std::uint64_t ns) {
    for (Unit const& unit : units)
        if (ns >= unit.ns && ns % unit.ns == 0) return fmt::format("{}{}", ns / unit.ns, unit.name);
    return "0ns";
}

}  // namespace sim::explore
