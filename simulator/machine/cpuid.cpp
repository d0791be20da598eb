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
constexpr std::uint32_t last_extended_leaf = 0x8000'0008;

// Family 6, an old model: nothing newer is expected of it.
constexpr std::uint32_t signature = 0x0000'0663;

constexpr std::uint32_t features_edx = bit(0)      // FPU
                                       | bit(3)    // PSE: 4 MiB and 2 MiB pages
                                       | bit(4)    // TSC
                                       | bit(5)    // MSR
                                       | bit(6)    // PAE
                                       | bit(8)    // CX8
                                       | bit(9)    // APIC
                                       | bit(11)   // SEP: SYSENTER
                                       | bit(13)   // PGE: global pages
                                       | bit(15)   // CMOV
                                       | bit(16)   // PAT
                                       | bit(19)   // CLFSH
                                       | bit(23)   // MMX
                                       | bit(24)   // FXSR
                                       | bit(25)   // SSE
                                       | bit(26);  // SSE2
constexpr std::uint32_t features_ecx = bit(0)      // SSE3
                                       | bit(13)   // CX16
                                       | bit(21)   // x2APIC
                                       | bit(24)   // TSC-deadline timer
                                       | bit(31);  // a hypervisor is present
constexpr std::uint32_t extended_edx = bit(11)     // SYSCALL
                                       | bit(20)   // NX
                                       | bit(26)   // 1 GiB pages
                                       | bit(29);  // long mode

}  // namespace

engine::CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf, CpuidInputs const& inputs) {
    // An unknown basic leaf answers as the last one does; other ranges, with zeros.
    if (leaf > last_basic_leaf && leaf < 0x4000'0000) leaf = last_basic_leaf;
    switch (leaf) {
        case 0:
            return {last_basic_leaf, letters("Genu"), letters("ntel"), letters("ineI")};
        case 1:
            return {signature, inputs.cpu << 24 | inputs.processors << 16 | 8u << 8, features_ecx,
                    features_edx};
        case 2:  // no descriptors: see leaf 4
            return {0x0000'0001, 0, 0, 0};
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
        case 0x8000'0000:
            return {last_extended_leaf, letters("Genu"), letters("ntel"), letters("ineI")};
        case 0x8000'0001:
            return {0, 0, bit(0) /* LAHF in long mode */, extended_edx};
        case 0x8000'0002:
            return {letters("Viva"), letters("rium"), letters(" sim"), letters("ulat")};
        case 0x8000'0003:
            return {letters("ed p"), letters("roce"), letters("ssor"), 0};
        case 0x8000'0007:
            return {0, 0, 0, bit(8) /* invariant TSC */};
        case 0x8000'0008:
            return {48u << 8 | 40u, 0, 0, 0};  // bits of virtual and physical addresses
        default:
            return {};
    }
}

}  // namespace sim::machine
