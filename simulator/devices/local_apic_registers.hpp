// SPDX-License-Identifier: GPL-2.0-or-later
//
// The local APIC's registers by index, for its own files only.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace sim::devices::apic {

// Memory offset / 16, and MSR number - 0x800. [sdm-3a table 10-1, table 10-6]
enum Register : std::uint32_t {
    reg_id = 0x02,
    reg_version = 0x03,
    reg_tpr = 0x08,
    reg_apr = 0x09,
    reg_ppr = 0x0A,
    reg_eoi = 0x0B,
    reg_ldr = 0x0D,
    reg_dfr = 0x0E,
    reg_svr = 0x0F,
    reg_isr = 0x10,
    reg_tmr = 0x18,
    reg_irr = 0x20,
    reg_esr = 0x28,
    reg_icr_low = 0x30,
    reg_icr_high = 0x31,
    reg_lvt_timer = 0x32,
    reg_lvt_error = 0x37,
    reg_initial_count = 0x38,
    reg_current_count = 0x39,
    reg_divide = 0x3E,
    reg_self_ipi = 0x3F,  // x2APIC only
};

// [sdm-4 §2.1] In x2APIC mode the register at offset 16 n in memory is MSR 0x800 + n. [sdm-3a §10.12.1.2]
constexpr std::uint32_t msr_apic_base = 0x1B;      // IA32_APIC_BASE
constexpr std::uint32_t msr_tsc_deadline = 0x6E0;  // IA32_TSC_DEADLINE
constexpr std::uint32_t msr_x2apic_first = 0x800, msr_x2apic_last = 0x83F;

constexpr std::uint32_t masked = 1u << 16;  // of an LVT entry

// Bits of the error status register. [sdm-3a §10.5.3]
constexpr std::uint32_t error_send_illegal_vector = 1u << 5;
constexpr std::uint32_t error_receive_illegal_vector = 1u << 6;
constexpr std::uint32_t error_illegal_register = 1u << 7;

// One bit for each of 256 vectors.
using Vectors = std::array<std::uint32_t, 8>;

inline void set(Vectors& vectors, unsigned v) { vectors[v / 32] |= 1u << v % 32; }
inline void clear(Vectors& vectors, unsigned v) { vectors[v / 32] &= ~(1u << v % 32); }
inline bool test(Vectors const& vectors, unsigned v) { return vectors[v / 32] >> v % 32 & 1; }
inline int highest(Vectors const& vectors) {
    for (int i = 7; i >= 0; --i)
        if (vectors[static_cast<unsigned>(i)] != 0)
            return i * 32 + 31 - std::countl_zero(vectors[static_cast<unsigned>(i)]);
    return -1;
}

}  // namespace sim::devices::apic
