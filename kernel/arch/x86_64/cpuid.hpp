// SPDX-License-Identifier: MIT
//
// What the processor says about itself. [sdm-2a CPUID]
#pragma once

#include <cstdint>

namespace arch {

struct Cpuid {
    std::uint32_t eax, ebx, ecx, edx;
};

inline Cpuid cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    Cpuid r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}
inline std::uint32_t highest_leaf() { return cpuid(0).eax; }

// Leaf 1, ECX. [sdm-2a CPUID, table 3-10]
constexpr std::uint32_t cpuid_x2apic = 1u << 21;
constexpr std::uint32_t cpuid_tsc_deadline = 1u << 24;
constexpr std::uint32_t cpuid_rdrand = 1u << 30;
constexpr std::uint32_t cpuid_hypervisor = 1u << 31;  // [hypervisor-cpuid "Hypervisor Present Bit"]
// Leaf 1, EDX. [sdm-2a CPUID, table 3-11]
constexpr std::uint32_t cpuid_apic = 1u << 9;

// [sdm-2a CPUID, table 3-8]
constexpr std::uint32_t extended_leaf = 0x8000'0000;  // EAX: the highest of them
// Leaf 0x80000001, EDX.
constexpr std::uint32_t cpuid_huge_pages = 1u << 26;
// EAX, bits 7 to 0: how many bits a physical address has.
constexpr std::uint32_t address_sizes_leaf = 0x8000'0008;

// [hypervisor-cpuid "Leaf 0x40000000"]
constexpr std::uint32_t hypervisor_leaf = 0x4000'0000;  // EAX: the highest of them

}  // namespace arch
