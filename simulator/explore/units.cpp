// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/units.hpp"

#include <charconv>

namespace sim::explore {

std::optional<std::uint64_t> parse_number(std::string_view text) {
    bool const hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    std::uint64_t value = 0;
    auto const [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace sim::explore
