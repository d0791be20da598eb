// SPDX-License-Identifier: MIT
// Piece by piece, from the lowest bit up.
struct Packer {
    std::uint64_t word = 0;
    unsigned at = 0;
    constexpr void put(std::uint64_t value, unsigned bits) {
        word |= (value & ((std::uint64_t{1} << bits) - 1)) << at;
        at += bits;
    }
} low;
low.put(handler, 16);
low.put(code_selector, 16);
low.put(static_cast<std::uint64_t>(stack), 3);
low.put(0, 5);
low.put(14, 4);  // type
low.put(0, 1);
low.put(0, 2);  // DPL
low.put(1, 1);  // P
low.put(handler >> 16, 16);
return Gate{.low = low.word, .high = handler >> 32};
