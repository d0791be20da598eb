// SPDX-License-Identifier: MIT
#include "kernel/http/range.hpp"

#include <algorithm>

#include "kernel/http/text.hpp"

namespace http {

Range parse_range(std::string_view field, std::uint64_t total) {
    std::string_view const unit = take_until(field, '=');
    field = without_blanks(field);
    if (!same_word(without_blanks(unit), "bytes") || field.find(',') != std::string_view::npos) return {};
    std::size_t const dash = field.find('-');
    if (dash == std::string_view::npos) return {};
    std::string_view const first_text = field.substr(0, dash), last_text = field.substr(dash + 1);
    std::uint64_t first = 0, last = UINT64_MAX;
    if (first_text.empty()) {  // the last so many
        std::uint64_t count = 0;
        if (!parse_decimal(last_text, count)) return {};
        if (count == 0) return {Range::Kind::nowhere};
        // The last bytes of nothing are all of it; no 206 could say which. [rfc9110 §14.1.2]
        if (total == 0) return {};
        return {Range::Kind::part, total - std::min(count, total), total - 1};
    }
    if (!parse_decimal(first_text, first)) return {};
    if (!last_text.empty() && !parse_decimal(last_text, last)) return {};
    if (last < first) return {};  // no range at all [rfc9110 §14.1.1]
    if (first >= total) return {Range::Kind::nowhere};
    return {Range::Kind::part, first, std::min(last, total - 1)};
}

}  // namespace http
