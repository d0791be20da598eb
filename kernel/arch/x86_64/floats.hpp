// SPDX-License-Identifier: MIT
//
// The x87 and SSE registers, which only applications use: the kernel is compiled
// for general registers. FXSAVE keeps all of them in 512 bytes.
// [sdm-1 §10.5 FXSAVE and FXRSTOR]
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch {

// As the processor lays it out; the fields that a new thread needs.
struct alignas(16) FloatState {
    std::uint16_t control = 0x037f;  // FCW: no exceptions, the longest format [sdm-1 table 8-1]
    std::uint8_t unused_here[22] = {};
    std::uint32_t sse_control = 0x1f80;  // MXCSR: no exceptions, round to nearest [sdm-1 §10.2.3]
    std::uint32_t sse_control_mask = 0;
    std::byte registers[480] = {};
};
static_assert(sizeof(FloatState) == 512);
static_assert(offsetof(FloatState, sse_control) == 24);

inline void save_floats(FloatState& state) { asm volatile("fxsave64 %0" : "=m"(state)); }
inline void restore_floats(FloatState const& state) { asm volatile("fxrstor64 %0" ::"m"(state)); }

}  // namespace arch
