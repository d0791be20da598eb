// SPDX-License-Identifier: MIT
//
// CRC-32C, the Castagnoli polynomial: tells a block that was written whole from
// one that a power cut tore. [rfc3720 §12.1]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fs {

namespace detail {
constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f6'3b78 : 0);
        table[i] = value;
    }
    return table;
}
inline constexpr auto crc_table = make_crc_table();
}  // namespace detail

// Goes on from the checksum of what came before.
constexpr std::uint32_t crc32c(std::span<std::byte const> bytes, std::uint32_t before = 0) {
    std::uint32_t value = ~before;
    for (std::byte const byte : bytes)
        value = (value >> 8) ^ detail::crc_table[(value ^ static_cast<std::uint32_t>(byte)) & 0xff];
    return ~value;
}

}  // namespace fs
