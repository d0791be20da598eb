// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an instruction has to do with the floating-point exceptions of x87 and SSE.
#pragma once

#include <cstdint>
#include <span>

namespace sim::engine {

struct Prefixes;

// The exception flags, as they lie in the status word of x87 and in MXCSR; the
// masks lie in the same order. [sdm-1 §8.1.3, §10.2.3]
namespace numeric {
constexpr std::uint8_t invalid = 1 << 0, denormal = 1 << 1, zero_divide = 1 << 2, overflow = 1 << 3,
                       underflow = 1 << 4, precision = 1 << 5, all = 0x3F;
// Found before the result is computed; the others after. [sdm-1 §4.9]
constexpr std::uint8_t before_result = invalid | denormal | zero_divide;
constexpr std::uint16_t summary = 1 << 7, busy = 1 << 15;  // of the status word
constexpr unsigned mask_shift = 7;                         // of MXCSR
constexpr std::uint32_t denormals_are_zeros = 1 << 6;      // of MXCSR
}  // namespace numeric

struct Numeric {
    // x87
    bool waits = false;      // meets an exception that is pending
    bool fwait = false;      // is FWAIT
    bool media = false;      // is of MMX
    bool x87 = false;        // may cause exceptions
    bool x87_store = false;  // into memory, rounding: an exception comes before the store
    bool x87_state = false;  // loads, stores or clears flags or masks
    // SSE
    bool simd = false;        // may cause exceptions
    bool simd_state = false;  // loads or stores MXCSR
    std::uint8_t causes = 0;  // with `simd`: those that it may cause; the engine thinks of more
    bool silent = false;      // that is so

    bool any() const { return waits || x87_state || simd || simd_state; }
    // Runs alone, whatever is masked. The engine lets a rounding store set its
    // flags although it then may not store.
    bool always_alone() const { return x87_state || simd_state || silent || x87_store; }
};

Numeric numeric_of(std::span<std::uint8_t const> bytes, Prefixes const& prefixes);

// What lies in the operands of an instruction of SSE, and what comes out.
struct SimdShape {
    unsigned lane_bytes = 0;  // of the operands: 4 or 8
    unsigned lanes = 0;       // of the source operand
    bool binary = false;      // the destination is an operand, too
    bool divides = false, root = false;
    unsigned result_bytes = 0;  // of a lane of the result, if that can be tiny
};
// None (no lanes): a denormal operand is no exception for it.
SimdShape simd_shape(std::span<std::uint8_t const> bytes, Prefixes const& prefixes);

}  // namespace sim::engine
