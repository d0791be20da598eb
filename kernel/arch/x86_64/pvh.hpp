// SPDX-License-Identifier: MIT
//
// What a PVH loader hands over: physical addresses of tables in memory that the
// loader wrote. Version 1 has the memory map. [pvh]
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch::pvh {

constexpr std::uint32_t start_magic = 0x336ec578;  // "xEn3" with the high bit of the E set

struct StartInfo {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint32_t flags;
    std::uint32_t module_count;
    std::uint64_t modules;       // physical address of Module[module_count]
    std::uint64_t command_line;  // physical address of a C string, or 0
    std::uint64_t rsdp;          // physical address of ACPI's root pointer, or 0
    // Version 1 and later:
    std::uint64_t memory_map;  // physical address of MemoryMapEntry[memory_map_entries]
    std::uint32_t memory_map_entries;
    std::uint32_t reserved;
};
static_assert(sizeof(StartInfo) == 56);
static_assert(offsetof(StartInfo, rsdp) == 32 && offsetof(StartInfo, memory_map_entries) == 48);

struct Module {
    std::uint64_t address;
    std::uint64_t size;
    std::uint64_t command_line;
    std::uint64_t reserved;
};
static_assert(sizeof(Module) == 32);

// [doc:entry]
// Types are those of ACPI's E820 interface. [acpi-6.5 §15.4]
struct MemoryMapEntry {
    std::uint64_t address;
    std::uint64_t size;
    std::uint32_t type;
    std::uint32_t reserved;
};
// [/doc:entry]
static_assert(sizeof(MemoryMapEntry) == 24);

}  // namespace arch::pvh
