// SPDX-License-Identifier: GPL-2.0-or-later
//
// A write to a page of translated code that has just been granted to the stepper. When it
// meets the block that is running, the engine begins the instruction again, alone. Then
// everything must be as before it.
#pragma once

#include <array>
#include <cstdint>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

struct OwnCodeWrite {
    static constexpr std::size_t longest_store = 16;  // that reads before it writes; to the page before

    VirtAddr instruction = 0;
    std::uint64_t rcx = 0, rsp = 0;  // by which a repetition is known from the next round of REP
    VirtAddr page = 0;
    std::array<std::uint8_t, longest_store> end_of_page_before{};
    std::array<std::uint8_t, page_size> bytes{};
};

}  // namespace sim::engine
