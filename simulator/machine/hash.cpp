// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/hash.hpp"

#include <bit>
#include <cstring>

namespace sim::machine {
namespace {

static_assert(std::endian::native == std::endian::little, "hashes are defined over little-endian words");

std::uint64_t word_at(std::uint8_t const* bytes) {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

// Both halves of a 64 x 64 product folded together: each input bit reaches all
// output bits.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    Wide const product = Wide{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::uint64_t k0 = 0xa0761d6478bd642f;
constexpr std::uint64_t k1 = 0xe7037ed1a0b428db;
constexpr std::uint64_t k2 = 0x8ebc6af09c88c6e3;

}  // namespace

// Two independent lanes, so that the multiplications overlap: about 8 bytes a
// nanosecond.
std::uint64_t hash_bytes(std::span<std::uint8_t const> bytes, std::uint64_t seed) {
    std::uint64_t a = scramble(seed ^ k0), b = scramble(seed ^ k1);
    std::uint8_t const* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 32; at += 32, left -= 32) {
        a = fold(word_at(at) ^ k1, word_at(at + 8) ^ a);
        b = fold(word_at(at + 16) ^ k2, word_at(at + 24) ^ b);
    }
    std::uint8_t tail[32] = {};
    if (left != 0) std::memcpy(tail, at, left);
    a = fold(word_at(tail) ^ k1, word_at(tail + 8) ^ a);
    b = fold(word_at(tail + 16) ^ k2, word_at(tail + 24) ^ b);
    return scramble(fold(a ^ k0, b ^ bytes.size()));
}

}  // namespace sim::machine
