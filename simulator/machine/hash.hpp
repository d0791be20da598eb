// SPDX-License-Identifier: GPL-2.0-or-later
//
// The hash by which machine states are compared: 64 bits, fast, the same on
// every host. It finds accidents, not forgeries; images and recordings are
// named by SHA-256 instead.
#pragma once

#include <cstdint>
#include <span>

namespace sim::machine {

std::uint64_t hash_bytes(std::span<std::uint8_t const>, std::uint64_t seed = 0);

// Scrambles a 64-bit value: equal only for equal values, every bit depends on
// every bit (the finaliser of SplitMix64).
constexpr std::uint64_t scramble(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

}  // namespace sim::machine
