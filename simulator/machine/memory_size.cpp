// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/memory_size.hpp"

#include <charconv>

namespace sim::machine {

std::optional<std::uint64_t> parse_memory_size(std::string_view text) {
    unsigned shift = 20;
    if (!text.empty() && std::string_view("KMG").find(text.back()) != std::string_view::npos) {
        shift = text.back() == 'K' ? 10 : text.back() == 'M' ? 20 : 30;
        text.remove_suffix(1);
    }
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value > most_memory_bytes >> shift || value << shift < least_memory_bytes) return std::nullopt;
    return value << shift;
}

}  // namespace sim::machine
