// SPDX-License-Identifier: GPL-2.0-or-later
//
// What CPUID may promise. [sdm-2 CPUID] Each bit here is something that the
// engine executes or that we emulate, and the tests run it; nothing else is set.
#include <cstring>

#include "simulator/engine/cpu.hpp"
#include "simulator/engine/mmu.hpp"

namespace sim::engine {
namespace {

constexpr std::uint32_t bit(unsigned number) { return std::uint32_t{1} << number; }

std::uint32_t text(char const* four) {
    std::uint32_t word;
    std::memcpy(&word, four, 4);
    return word;
}

}  // namespace

CpuidResult supported_cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    constexpr std::uint32_t highest_basic = 0x7, highest_extended = 0x8000'0008;
    static constexpr char brand[49] = "Vivarium simulated x86-64 processor            ";
    (void)subleaf;
    switch (leaf) {
        case 0:
            return {highest_basic, text("Genu"), text("ntel"), text("ineI")};
        case 1:
            return {0x000106A3,   // family 6, model 26, stepping 3
                    0x0000'0800,  // CLFLUSH line of 64 bytes; APIC id 0
                    bit(0) | bit(9) | bit(13) | bit(19) | bit(20) |
                        bit(23),  // SSE3 SSSE3 CX16 SSE4.1 SSE4.2 POPCNT
                    bit(0) | bit(2) | bit(3) | bit(4) | bit(5) | bit(6) |
                        bit(8) |  // FPU DE PSE TSC MSR PAE CX8
                        bit(11) | bit(13) | bit(15) | bit(16) | bit(17) |
                        bit(19) |                                // SEP PGE CMOV PAT PSE36 CLFSH
                        bit(23) | bit(24) | bit(25) | bit(26)};  // MMX FXSR SSE SSE2
        case 7:
            return {0, subleaf == 0 ? bit(7) : 0, 0, 0};  // SMEP
        case 0x8000'0000:
            return {highest_extended, 0, 0, 0};
        case 0x8000'0001:
            return {0, 0, bit(0),                                      // LAHF in 64-bit mode
                    bit(11) | bit(20) | bit(26) | bit(27) | bit(29)};  // SYSCALL NX 1G RDTSCP LM
        case 0x8000'0002:
        case 0x8000'0003:
        case 0x8000'0004: {
            char const* part = brand + 16 * (leaf - 0x8000'0002);
            return {text(part), text(part + 4), text(part + 8), text(part + 12)};
        }
        case 0x8000'0008:
            return {physical_bits | 48u << 8, 0, 0, 0};
        default:
            return {};
    }
}

}  // namespace sim::engine
