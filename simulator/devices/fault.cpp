// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/fault.hpp"

#include <charconv>

namespace sim::devices {

std::vector<std::string> fault_words(std::span<std::uint8_t const> line) {
    std::vector<std::string> words(1);
    for (std::uint8_t const byte : line) {
        if (byte == ' ' || byte == '\n') {
            if (!words.back().empty()) words.emplace_back();
        } else if (byte < 0x21 || byte > 0x7E || words.back().size() == 32) {
            return {};
        } else {
            words.back() += static_cast<char>(byte);
        }
        if (words.size() > 9) return {};
    }
    if (words.back().empty()) words.pop_back();
    return words.size() > 8 ? std::vector<std::string>() : words;
}

std::optional<std::uint32_t> fault_number(std::string const& word) {
    std::uint32_t value = 0;
    auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || value > 1'000'000) return std::nullopt;
    return value;
}

std::string fault_text(std::vector<std::string> const& words) {
    std::string text;
    for (std::string const& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace sim::devices
