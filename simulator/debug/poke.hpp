// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bytes that a person writes into memory, as inputs of the machine's log: one for
// each page that they touch. All of them are looked at before the first is given,
// so a write is done whole or not at all, and one that cannot be done begins no
// branch.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "simulator/debug/command.hpp"
#include "simulator/debug/guest_memory.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

constexpr std::size_t most_poked = 1U << 20;  // bytes at once

// One line, or empty: they can all be written. `is_ram`: all of these are.
std::string why_not_poked(GuestMemory const&, AddressSpace, std::uint64_t address, std::uint64_t count,
                          std::function<bool(std::uint64_t physical, std::size_t length)> const& is_ram);

struct Pokes {
    std::vector<machine::Arrival> inputs;
    std::vector<std::uint8_t> before;  // what stood there
};
// `memory` translates, as the processor sees it that is looked at. Else one line
// that says why not.
std::variant<Pokes, std::string> make_pokes(machine::Machine const&, GuestMemory const& memory, AddressSpace,
                                            std::uint64_t address, std::span<std::uint8_t const> bytes);

}  // namespace sim::debug
