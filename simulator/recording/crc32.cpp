// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/crc32.hpp"

#include <array>

namespace sim::recording {
namespace {

constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0xEDB88320u : 0u);
        entries[byte] = value;
    }
    return entries;
}();

}  // namespace

std::uint32_t crc32(std::span<std::uint8_t const> bytes, std::uint32_t so_far) {
    std::uint32_t crc = ~so_far;
    for (std::uint8_t byte : bytes) crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

}  // namespace sim::recording
