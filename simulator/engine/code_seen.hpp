// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which code has run, roughly: a set that never forgets what is in it, and now and
// then claims more. With it whoever looks for the last execution of an instruction
// need not run again what cannot contain it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sim::engine {

class CodeSeen {
public:
    // `size` bytes of code from a virtual address on.
    void add(std::uint64_t address, std::uint64_t size) {
        for (std::uint64_t piece = address / piece_bytes; piece <= (address + size - 1) / piece_bytes;
             ++piece)
            words_[place(piece) / 64] |= std::uint64_t{1} << place(piece) % 64;
    }
    // False: no instruction that begins there is in any of the code.
    bool may_have(std::uint64_t address) const {
        std::size_t const bit = place(address / piece_bytes);
        return (words_[bit / 64] >> bit % 64 & 1) != 0;
    }
    void join(CodeSeen const& other) {
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    }

private:
    static constexpr std::uint64_t piece_bytes = 16;
    // 14 bits of a hash: a few thousand pieces leave most of them free.
    static std::size_t place(std::uint64_t piece) { return piece * 0x9E3779B97F4A7C15 >> 50; }
    std::array<std::uint64_t, (1 << 14) / 64> words_{};
};

}  // namespace sim::engine
