// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/switch.hpp"

#include <algorithm>

namespace sim::links {

Switch::Entry* Switch::find(std::uint64_t address) {
    auto const found =
        std::find_if(table_.begin(), table_.end(), [&](Entry const& e) { return e.address == address; });
    return found == table_.end() ? nullptr : &*found;
}

std::vector<unsigned> Switch::forward(unsigned from, std::span<std::uint8_t const> frame) {
    if (frame.size() < 14) return {};
    auto const address = [&](std::size_t at) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 6; ++i) value = value << 8 | frame[at + i];
        return value;
    };
    auto const is_group = [](std::uint64_t a) { return a >> 40 & 1; };
    std::uint64_t const to = address(0), source = address(6);
    ++clock_;
    if (!is_group(source)) {
        Entry* entry = find(source);
        if (!entry && table_.size() < most_) entry = &table_.emplace_back();
        if (!entry)
            entry = &*std::min_element(table_.begin(), table_.end(),
                                       [](Entry const& a, Entry const& b) { return a.used < b.used; });
        *entry = {source, clock_, from};
    }
    if (!is_group(to))
        if (Entry const* const known = find(to)) {
            if (known->port == from) return {};
            return {known->port};
        }
    std::vector<unsigned> ports;
    for (unsigned port = 0; port < ports_; ++port)
        if (port != from) ports.push_back(port);
    return ports;
}

}  // namespace sim::links
