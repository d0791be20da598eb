// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/cpuid.hpp"

#include <cstring>

namespace sim::machine {
namespace {

constexpr std::uint32_t bit(unsigned n) { return 1u << n; }

std::uint32_t letters(char const* text) {
    std::uint32_t word = 0;
    std::memcpy(&word, text, 4);
    return word;
}

constexpr std::uint32_t last_basic_leaf = 0x16;
constexpr std::uint32_t last_hypervisor_leaf = 0x4000'0010;

}  // namespace

// The engine answers for the instructions; the board adds its interrupt
// controller and its clocks.
engine::CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf, CpuidInputs const& inputs) {
    // An unknown basic leaf answers as the last one does; other ranges, with zeros.
    if (leaf > last_basic_leaf && leaf < 0x4000'0000) leaf = last_basic_leaf;
    engine::CpuidResult result = engine::supported_cpuid(leaf, subleaf);
    switch (leaf) {
        case 0:
            result.eax = last_basic_leaf;
            return result;
        case 1:
            result.ebx |= inputs.cpu << 24 | inputs.processors << 16;
            result.ecx |= bit(21)                              // x2APIC
                          | bit(24)                            // TSC-deadline timer
                          | bit(31);                           // a hypervisor is present
            if (inputs.apic) result.edx |= bit(9);             // APIC
            if (inputs.processors > 1) result.edx |= bit(28);  // EBX counts processors
            return result;
        case 0xB:  // topology: one thread a core [sdm-2a CPUID.0BH]
            if (subleaf == 0) return {0, 1, 1u << 8 | 0, inputs.cpu};
            if (subleaf == 1) return {4, inputs.processors, 2u << 8 | 1, inputs.cpu};
            return {0, 0, subleaf, inputs.cpu};
        case 0x15:  // TSC = crystal x EBX / EAX, crystal in ECX: 1 GHz
            return {1, 1, 1'000'000'000, 0};
        case 0x16:  // MHz: base, maximum, bus
            return {1000, 1000, 1000, 0};
        case 0x4000'0000:
            return {last_hypervisor_leaf, letters("Viva"), letters("rium"), letters("Sim\0")};
        case 0x4000'0010:  // kHz: TSC, local APIC timer
            return {1'000'000, 1'000'000, 0, 0};
        case 0x8000'0007:
            return {0, 0, 0, bit(8) /* the TSC runs at one rate, always */};
        default:
            return result;
    }
}

}  // namespace sim::machine
