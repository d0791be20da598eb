// SPDX-License-Identifier: MIT
//
// One entry of the interrupt descriptor table. [sdm-3a §6.14.1, figure 6-8]
#pragma once

#include <cstdint>

#include "kernel/arch/x86_64/segments.hpp"

namespace arch {

// [doc:gate]
struct Gate {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};
static_assert(sizeof(Gate) == 16);

// An interrupt gate: the processor clears IF on the way in. (A trap gate, type
// 15, would leave interrupts on, and handlers would nest.)
//
//  high: reserved ------------------------------------- offset 63..32
//  low:  offset 31..16 | P DPL 0 type | reserved, IST | selector | offset 15..0
constexpr Gate make_gate(std::uint64_t handler, InterruptStack stack) {
    // [lab:04-gate]
    std::uint64_t const present = 1ULL << 47;
    std::uint64_t const interrupt_gate = 14ULL << 40;
    std::uint64_t const ist = static_cast<std::uint64_t>(stack) << 32;
    return {(handler & 0xffff) | (std::uint64_t{code_selector} << 16) | ist | interrupt_gate | present |
                ((handler >> 16 & 0xffff) << 48),
            handler >> 32};
    // [/lab:04-gate]
}
// [/doc:gate]

}  // namespace arch
