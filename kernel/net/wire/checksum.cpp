// SPDX-License-Identifier: MIT
#include "kernel/net/wire/checksum.hpp"

#include <cstring>

namespace net::wire {

void Checksum::add(Bytes data) {
    // [lab:10-checksum]
    std::uint64_t sum = 0;
    std::uint8_t const* at = data.data();
    std::size_t left = data.size();

    auto const add_one = [&sum](std::uint64_t word) {
        sum += word;
        sum += sum < word;
    };
    auto const word = [&at](unsigned i) {
        std::uint64_t value;
        std::memcpy(&value, at + 8 * i, sizeof value);
        return value;
    };
    for (; left >= 32; at += 32, left -= 32) {
        add_one(word(0));
        add_one(word(1));
        add_one(word(2));
        add_one(word(3));
    }
    for (; left >= 8; at += 8, left -= 8) add_one(word(0));
    std::uint64_t rest = 0;  // what is missing to a whole word counts as zero
    unsigned shift = 0;
    if ((left & 4) != 0) {
        std::uint32_t part;
        std::memcpy(&part, at, sizeof part);
        rest = part;
        shift = 32;
        at += 4;
    }
    for (std::size_t i = 0; i < (left & 3); ++i) rest |= std::uint64_t{at[i]} << (shift + 8 * i);
    add_one(rest);

    if (odd_) {
        // Our words are one octet off: rotating the sum by eight bits puts every
        // octet into the half of the word where it belongs.
        sum = sum << 8 | sum >> 56;
    }
    odd_ = odd_ != ((data.size() & 1) != 0);
    add_word(sum);
    // [/lab:10-checksum]
}

}  // namespace net::wire
