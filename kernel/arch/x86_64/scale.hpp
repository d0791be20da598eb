// SPDX-License-Identifier: MIT
//
// Turning one clock's counts into another's, without division and without overflow.
#pragma once

#include <cstdint>

namespace arch {

// A rate as a multiplication: value * numerator / 2^32, exact to 2^-32 and
// without overflow for every 64-bit value whose result fits.
class Scale {
public:
    constexpr Scale() = default;
    // From counts at `from_hz` to counts at `to_hz`: both below 2^33, one below 2^32.
    constexpr Scale(std::uint64_t from_hz, std::uint64_t to_hz)
        : numerator_(((to_hz / from_hz) << 32) + (((to_hz % from_hz) << 32) + from_hz / 2) / from_hz) {}
    constexpr std::uint64_t operator()(std::uint64_t value) const {
        return static_cast<std::uint64_t>((static_cast<Wide>(value) * numerator_) >> 32);
    }

private:
    __extension__ using Wide = unsigned __int128;
    std::uint64_t numerator_ = 0;
};

// What a clock that shows `count` will show when `ns` more have passed, or just after. It is
// counted from now: two rounded scales do not agree on what a hundred years are.
constexpr std::uint64_t count_after(std::uint64_t count, Scale ns_to_counts, std::int64_t ns) {
    return count + ns_to_counts(ns > 0 ? static_cast<std::uint64_t>(ns) + 1 : 0) + 1;
}

}  // namespace arch
