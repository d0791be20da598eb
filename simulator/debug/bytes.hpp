// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sim::debug {

// A number as x86 keeps it: of more than eight bytes the first eight.
inline std::uint64_t little_endian(std::span<std::uint8_t const> bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
}

}  // namespace sim::debug
