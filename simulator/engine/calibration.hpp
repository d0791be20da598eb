// SPDX-License-Identifier: GPL-2.0-or-later
//
// Unicorn's public registers lack the hidden parts of segment registers, the
// privilege level and the error code of an exception. They are in the bytes of
// a saved context. Where, is found here by experiment, once a process: put
// values nobody else has into an engine, save its context, look for them. An
// ambiguous or surprising answer refuses to start: then this is another Unicorn
// than the one that was measured.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sim::engine {

enum class SegmentName : std::uint8_t { es, cs, ss, ds, fs, gs };

struct ContextLayout {
    struct SegmentPlace {
        std::size_t selector = 0, base = 0, limit = 0, attributes = 0;
    };
    std::array<SegmentPlace, 6> segments;  // by SegmentName
    std::size_t hidden_flags = 0;          // privilege level, code size, interrupt shadow ...: 32 bits
    std::size_t error_code = 0;            // of the latest exception: 32 bits
    std::size_t x87_flags = 0;             // floating-point exceptions that it has met: 8 bits
    std::size_t simd_flags = 0;            // likewise, of SSE
};

// Bits of the engine's hidden flags. Checked by calibrate(), by experiment.
namespace hidden_flag {
constexpr std::uint32_t privilege = 3, interrupt_shadow = 1 << 3, code_32 = 1 << 4, stack_32 = 1 << 5,
                        add_segment_base = 1 << 6, protection = 1 << 7, monitor_coprocessor = 1 << 9,
                        emulate_coprocessor = 1 << 10, task_switched = 1 << 11, long_mode = 1 << 14,
                        code_64 = 1 << 15, fxsave = 1 << 22;
}

// Throws std::runtime_error, one clear line, when the experiments disagree.
ContextLayout const& context_layout();

}  // namespace sim::engine
