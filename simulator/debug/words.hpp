// SPDX-License-Identifier: GPL-2.0-or-later
//
// Small pieces of what people type: words, numbers, ends of names.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim::debug {

// Without the blanks around it.
inline std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

// Takes the first word off a line, and the blanks around it.
inline std::string_view take_word(std::string_view& line) {
    std::size_t const begin = std::min(line.find_first_not_of(' '), line.size());
    std::size_t const end = std::min(line.find(' ', begin), line.size());
    std::string_view const word = line.substr(begin, end - begin);
    line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
    return word;
}

// "12", "0x1f"; nothing around it.
inline std::optional<std::uint64_t> parse_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x")) text.remove_prefix(2), base = 16;
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// Of ASCII; other bytes stay.
inline char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lowered(c);
    return out;
}

// "threads::Mutex::lock" ends in the name "Mutex::lock", and not in "ock".
inline bool ends_in_name(std::string_view full, std::string_view name) {
    return !name.empty() && full.size() > name.size() + 2 && full.ends_with(name) &&
           full.substr(0, full.size() - name.size()).ends_with("::");
}

}  // namespace sim::debug
