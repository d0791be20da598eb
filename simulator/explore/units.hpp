// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers as people write them, for fault lines, scenarios and limits: "17",
// "0x21". Nothing else is accepted. Durations are machine/moment.hpp's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "simulator/machine/moment.hpp"

namespace sim::explore {

// Decimal, or hexadecimal after 0x.
std::optional<std::uint64_t> parse_number(std::string_view text);

using machine::duration_text;
using machine::parse_duration;

}  // namespace sim::explore
