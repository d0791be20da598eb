// SPDX-License-Identifier: GPL-2.0-or-later
//
// What RAM holds before anybody wrote it.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "simulator/machine/hash.hpp"

namespace sim::machine {

// One page of it. The same in every page.
inline void fill_as_at_power_on(std::uint64_t seed, std::span<std::uint8_t> page) {
    for (std::size_t i = 0; i + 8 <= page.size(); i += 8) {
        std::uint64_t const word = scramble(seed + i);
        std::memcpy(page.data() + i, &word, sizeof word);
    }
}

}  // namespace sim::machine
