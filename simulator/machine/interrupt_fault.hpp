// SPDX-License-Identifier: GPL-2.0-or-later
//
// Faults of interrupts as what arrives at a processor's local APIC. Their bytes
// are described with InputKind (device.hpp).
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "simulator/machine/input.hpp"

namespace sim::machine {

// Numbers, each in so many bytes, low byte first.
inline std::vector<std::uint8_t> little_endian(
    std::initializer_list<std::pair<std::uint64_t, unsigned>> numbers) {
    std::vector<std::uint8_t> bytes;
    for (auto const& [value, size] : numbers)
        for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return bytes;
}

inline std::string lapic_of(unsigned processor) { return "lapic" + std::to_string(processor); }

// A vector that nobody asked for.
inline Arrival spurious_interrupt(unsigned processor, std::uint8_t vector) {
    return {lapic_of(processor), InputKind::interrupt, {vector}};
}
// The n-th request from now of a source (a vector, or lost_timer) is lost.
inline Arrival lost_interrupt(unsigned processor, std::uint16_t source, std::uint64_t n) {
    return {lapic_of(processor), InputKind::lose, little_endian({{source, 2}, {n, 8}})};
}
// Or comes so much later.
inline Arrival late_interrupt(unsigned processor, std::uint16_t source, std::uint64_t n, std::uint64_t ns) {
    return {lapic_of(processor), InputKind::late, little_endian({{source, 2}, {n, 8}, {ns, 8}})};
}
// The whole machine loses time: nothing runs.
inline Arrival stall_of(std::uint64_t ns) { return {"clock", InputKind::stall, little_endian({{ns, 8}})}; }

}  // namespace sim::machine
