// SPDX-License-Identifier: GPL-2.0-or-later
//
// Clocks whose rate does not divide a nanosecond: ticks are counted from a fixed
// start, so that rounding never adds up.
#pragma once

#include <cstdint>

namespace sim::devices {

constexpr std::uint64_t second_ns = 1'000'000'000;

namespace ticks {
__extension__ using Wide = unsigned __int128;
}

// Whole ticks of a clock of `hz` in so many nanoseconds.
constexpr std::uint64_t ticks_in(std::uint64_t ns, std::uint64_t hz) {
    return static_cast<std::uint64_t>(ticks::Wide{ns} * hz / second_ns);
}

// The first nanosecond at which so many ticks are over.
constexpr std::uint64_t end_of_ticks(std::uint64_t count, std::uint64_t hz) {
    return static_cast<std::uint64_t>((ticks::Wide{count} * second_ns + hz - 1) / hz);
}

}  // namespace sim::devices
