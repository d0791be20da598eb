// SPDX-License-Identifier: MIT
//
// The exercises of the application `practice`. Each does what its part of the
// kernel is for, in an order that `seed` decides; whether it went well is for
// those to say who look at the machine from outside.
#pragma once

#include <cstdint>

#include "kernel/base/command_line.hpp"

namespace apps::practice {

// A sequence of numbers that looks random, and is the same for the same seed:
// xorshift, three shifts a number.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9e37'79b9'7f4a'7c15 | 1) {}
    std::uint64_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        return state_ ^= state_ << 17;
    }
    std::uint64_t below(std::uint64_t end) { return next() % end; }

private:
    std::uint64_t state_;
};

void use_frames(std::uint64_t seed, std::uint64_t rounds);
// Frees a block twice. Returns only if nobody minds.
void free_twice();

void use_pages(std::uint64_t seed, std::uint64_t rounds);

void be_interrupted(std::uint64_t rounds);
void touch_lazy_pages(std::uint64_t seed);
// Touches the page behind a lazy region. Returns only if nobody minds.
void touch_beyond_lazy();

}  // namespace apps::practice
