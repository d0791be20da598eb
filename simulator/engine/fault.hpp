// SPDX-License-Identifier: GPL-2.0-or-later
//
// Exceptions on their way, and the flags that have to do with them.
#pragma once

#include <cstdint>
#include <optional>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

// An exception on its way to the guest. Thrown inside our own emulation only,
// never through Unicorn. [sdm-3a §6.15]
struct Fault {
    std::uint8_t vector = 0;
    std::optional<std::uint32_t> error_code;
    VirtAddr address = 0;  // of a page fault: CR2
};

namespace vector {
constexpr std::uint8_t divide_error = 0, debug = 1, nmi = 2, breakpoint = 3, overflow = 4, invalid_opcode = 6,
                       device_not_available = 7, double_fault = 8, invalid_tss = 10, segment_not_present = 11,
                       stack_fault = 12, general_protection = 13, page_fault = 14, numeric_error = 16,
                       alignment_check = 17, simd_error = 19;
}

inline Fault general_protection(std::uint32_t code = 0) { return {vector::general_protection, code}; }
inline Fault invalid_opcode() { return {vector::invalid_opcode, {}}; }

namespace flag {
constexpr std::uint64_t trap = 1 << 8, interrupt = 1 << 9, io_privilege = 3 << 12, nested_task = 1 << 14,
                        resume = 1 << 16, virtual_8086 = 1 << 17, alignment_check = 1 << 18;
}

}  // namespace sim::engine
