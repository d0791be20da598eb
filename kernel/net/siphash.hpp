// SPDX-License-Identifier: MIT
//
// SipHash-2-4: a short hash that nobody can compute, or predict, without the
// key. [siphash: Aumasson and Bernstein, 2012]
#pragma once

#include <cstddef>
#include <cstdint>

namespace net {

struct SipKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

class SipHash {
public:
    explicit constexpr SipHash(SipKey key)
        : v0_(key.low ^ 0x736f6d6570736575),
          v1_(key.high ^ 0x646f72616e646f6d),
          v2_(key.low ^ 0x6c7967656e657261),
          v3_(key.high ^ 0x7465646279746573) {}

    // Messages here are whole words; the standard's byte strings are little-endian.
    constexpr SipHash& add(std::uint64_t word) {
        v3_ ^= word;
        round();
        round();
        v0_ ^= word;
        length_ += 8;
        return *this;
    }

    constexpr std::uint64_t finish() {
        add(length_ << 56);  // the last word: what is left over (nothing), and the length
        v2_ ^= 0xff;
        for (int i = 0; i < 4; ++i) round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    static constexpr std::uint64_t rotate(std::uint64_t x, int by) { return x << by | x >> (64 - by); }
    constexpr void round() {
        v0_ += v1_;
        v1_ = rotate(v1_, 13) ^ v0_;
        v0_ = rotate(v0_, 32);
        v2_ += v3_;
        v3_ = rotate(v3_, 16) ^ v2_;
        v0_ += v3_;
        v3_ = rotate(v3_, 21) ^ v0_;
        v2_ += v1_;
        v1_ = rotate(v1_, 17) ^ v2_;
        v2_ = rotate(v2_, 32);
    }

    std::uint64_t v0_, v1_, v2_, v3_;
    std::uint64_t length_ = 0;
};

}  // namespace net
