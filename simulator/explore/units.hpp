// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers and durations as people write them, for fault lines, scenarios and
// limits: "17", "0x21", "250ns", "3ms", "1.5s". Nothing else is accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim::explore {

// Decimal, or hexadecimal after 0x.
std::optional<std::uint64_t> parse_number(std::string_view text);
// Nanoseconds of "250ns", "20us", "3ms", "1.5s": a number and its unit, exact,
// at most a hundred years.
std::optional<std::uint64_t> parse_duration(std::string_view text);
// The shortest exact way to write it.
std::string duration_text(std::uint64_t ns);

}  // namespace sim::explore
