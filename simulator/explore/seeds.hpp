// SPDX-License-Identifier: GPL-2.0-or-later
//
// The seeds of random runs, from the one that was given.
#pragma once

#include "simulator/machine/hash.hpp"

namespace sim::explore {

// Of the run with this number, from 0. The first is the given one, so that the seed of a
// failure finds it at once; the others are nowhere near it, or who asks for seeds 1 and
// 2 would be shown nearly the same runs.
constexpr std::uint64_t seed_of_run(std::uint64_t given, std::uint64_t number) {
    return number == 0 ? given : machine::scramble(machine::scramble(given) ^ number);
}

}  // namespace sim::explore
