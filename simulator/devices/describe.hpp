// SPDX-License-Identifier: GPL-2.0-or-later
//
// Small builders for Device::describe().
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>

#include "simulator/machine/device.hpp"

namespace sim::devices {

struct NamedBit {
    unsigned bit;
    char const* name;
};

// A register with a child for each named bit.
inline machine::StateNode bits(std::string name, std::uint64_t value, std::string note,
                               std::initializer_list<NamedBit> names) {
    machine::StateNode node{std::move(name), fmt::format("{:#x}", value), std::move(note), {}};
    for (NamedBit const& n : names)
        node.children.push_back({fmt::format("bit {}", n.bit), (value >> n.bit & 1) ? "1" : "0", n.name, {}});
    return node;
}

inline machine::StateNode hex(std::string name, std::uint64_t value, std::string note = "") {
    return {std::move(name), fmt::format("{:#x}", value), std::move(note), {}};
}

inline machine::StateNode number(std::string name, std::uint64_t value, std::string note = "") {
    return {std::move(name), fmt::format("{}", value), std::move(note), {}};
}

}  // namespace sim::devices
