// SPDX-License-Identifier: MIT
//
// ChaCha20 as a generator of random numbers: whoever sees some of them can
// neither tell the next nor the last. [rfc8439 §2.3]
#pragma once

#include <array>
#include <cstdint>

namespace platform {

class ChaCha {
public:
    using Key = std::array<std::uint32_t, 8>;

    explicit ChaCha(Key const& key) : key_(key) {}

    std::uint64_t next() {
        if (used_ == 8) refill();
        std::uint64_t const value = std::uint64_t{block_[2 * used_ + 1]} << 32 | block_[2 * used_];
        ++used_;
        return value;
    }

    // One block: a function of key and counter, written out for all to see.
    static std::array<std::uint32_t, 16> block(Key const& key, std::uint32_t counter,
                                               std::array<std::uint32_t, 3> const& nonce = {}) {
        std::array<std::uint32_t, 16> const start = {
            0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,  // "expand 32-byte k"
            key[0],     key[1],     key[2],     key[3],     key[4],   key[5],
            key[6],     key[7],     counter,    nonce[0],   nonce[1], nonce[2]};
        std::array<std::uint32_t, 16> x = start;
        for (unsigned round = 0; round < 10; ++round) {
            quarter(x[0], x[4], x[8], x[12]);  // columns
            quarter(x[1], x[5], x[9], x[13]);
            quarter(x[2], x[6], x[10], x[14]);
            quarter(x[3], x[7], x[11], x[15]);
            quarter(x[0], x[5], x[10], x[15]);  // diagonals
            quarter(x[1], x[6], x[11], x[12]);
            quarter(x[2], x[7], x[8], x[13]);
            quarter(x[3], x[4], x[9], x[14]);
        }
        for (unsigned i = 0; i < 16; ++i) x[i] += start[i];
        return x;
    }

private:
    static constexpr std::uint32_t rotate(std::uint32_t value, unsigned by) {
        return value << by | value >> (32 - by);
    }
    static constexpr void quarter(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d) {
        a += b, d = rotate(d ^ a, 16);
        c += d, b = rotate(b ^ c, 12);
        a += b, d = rotate(d ^ a, 8);
        c += d, b = rotate(b ^ c, 7);
    }
    // Half of each block becomes the next key: what was given out before cannot
    // be found again from what is here now.
    void refill() {
        block_ = block(key_, counter_++);
        for (unsigned i = 0; i < 8; ++i) key_[i] = block_[i];
        used_ = 4;
    }

    Key key_;
    std::array<std::uint32_t, 16> block_{};
    std::uint32_t counter_ = 0;
    unsigned used_ = 8;
};

}  // namespace platform
