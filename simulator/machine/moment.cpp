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

}  // namespace sim::machine
