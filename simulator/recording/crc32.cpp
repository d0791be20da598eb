// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/crc32.hpp"

#include <array>

namespace sim::recording {
namespace {

// tables[n]: what a byte means that n more follow, so that eight are taken at once.
constexpr std::array<std::array<std::uint32_t, 256>, 8> tables = [] {
    std::array<std::array<std::uint32_t, 256>, 8> all{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0xEDB88320u : 0u);
        all[0][byte] = value;
    }
    for (std::size_t n = 1; n < all.size(); ++n)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            std::uint32_t const before = all[n - 1][byte];
            all[n][byte] = all[0][before & 0xFF] ^ (before >> 8);
        }
    return all;
}();

}  // namespace

std::uint32_t crc32(std::span<std::uint8_t const> bytes, std::uint32_t so_far) {
    std::uint32_t crc = ~so_far;
    for (; bytes.size() >= tables.size(); bytes = bytes.subspan(tables.size())) {
        for (std::size_t i = 0; i < 4; ++i) crc ^= std::uint32_t{bytes[i]} << (8 * i);
        std::uint32_t next = 0;
        for (std::size_t i = 0; i < 4; ++i) next ^= tables[7 - i][(crc >> (8 * i)) & 0xFF];
        for (std::size_t i = 4; i < tables.size(); ++i) next ^= tables[7 - i][bytes[i]];
        crc = next;
    }
    for (std::uint8_t const byte : bytes) crc = tables[0][(crc ^ byte) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

}  // namespace sim::recording
