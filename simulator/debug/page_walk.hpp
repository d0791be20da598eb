// SPDX-License-Identifier: GPL-2.0-or-later
//
// What address translation does, told step by step, and a summary of all that is
// mapped. Our own reading of [sdm-3a §4.5], independent of the engine's: it needs
// only registers and a way to read physical memory.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/registers.hpp"
#include "simulator/engine/cpu.hpp"

namespace sim::debug {

// The 8 bytes at a physical address; none when no memory is there.
using PhysicalReader = std::function<std::optional<std::uint64_t>(std::uint64_t address)>;

// What the tables depend on. From CpuState by paging_of().
struct Paging {
    bool enabled = false;        // CR0.PG
    bool long_mode = false;      // EFER.LMA with CR4.PAE: 4 levels; the only kind we walk
    bool write_protect = false;  // CR0.WP
    bool no_execute = false;     // EFER.NXE
    bool smep = false, smap = false;
    std::uint64_t root = 0;  // CR3 without its flags
};
Paging paging_of(engine::CpuState const&);

struct ExplainedEntry {
    unsigned level = 0;                      // 4 PML4E, 3 PDPTE, 2 PDE, 1 PTE
    char const* name = "";                   // "PML4E"
    unsigned index = 0;                      // 0..511, from the address
    unsigned index_high = 0, index_low = 0;  // which bits of the address
    std::uint64_t table = 0;                 // physical address of the table
    std::uint64_t address = 0;               // physical address of the entry
    std::uint64_t raw = 0;
    bool readable = true;  // false: the table lies outside memory
    bool present = false;
    bool large = false;           // maps a 1 GiB or 2 MiB page
    bool reserved_bits = false;   // bits set that must be zero
    std::uint64_t points_to = 0;  // next table or page
    std::vector<DecodedField> fields;
};

struct WalkExplanation {
    std::uint64_t virtual_address = 0;
    bool canonical = true;
    bool paging_on = true;
    engine::Access access = engine::Access::read;
    bool user = false;
    std::vector<ExplainedEntry> entries;  // as far as the walk came

    bool present = false;
    std::uint64_t physical = 0;
    std::uint64_t page_size = 0;
    unsigned offset_bits = 12;
    // Permissions that all levels together give.
    bool writable = false, user_accessible = false, executable = false;
    // What this access would do.
    bool faults = false;
    std::uint32_t error_code = 0;
    std::string verdict;  // one or two sentences
};

WalkExplanation explain_walk(Paging const&, std::uint64_t virtual_address, engine::Access, bool user,
                             PhysicalReader const&);

// The same walk without the words: physical address of a mapped virtual one,
// whatever its permissions.
std::optional<std::uint64_t> translate_only(Paging const&, std::uint64_t virtual_address,
                                            PhysicalReader const&);

// Neighbouring pages with equal flags and consecutive frames, joined.
struct MappedRange {
    std::uint64_t virtual_start = 0;
    std::uint64_t length = 0;
    std::uint64_t physical_start = 0;
    std::uint64_t page_size = 0;
    bool writable = false, user = false, executable = false, global = false;
    bool write_and_execute() const { return writable && executable; }
};

// One of the tables, where the walk through all of them enters it.
struct PageTable {
    unsigned level = 0;                // 4 PML4, 3 PDPT, 2 page directory, 1 page table
    unsigned index = 0;                // of the entry above that leads to it
    std::uint64_t address = 0;         // physical
    std::uint64_t virtual_start = 0;   // of what it maps
    unsigned present = 0;              // entries
};

struct PageTree {
    std::vector<MappedRange> ranges;        // ascending
    std::vector<PageTable> entered;         // ascending, each before those below it
    std::array<std::uint64_t, 5> tables{};  // [level]: how many tables of that level
    std::uint64_t pages_4k = 0, pages_2m = 0, pages_1g = 0;
    std::uint64_t mapped_bytes = 0;
    std::uint64_t write_and_execute_pages = 0;
    std::vector<std::uint64_t> table_frames;  // physical addresses of all tables, ascending
    std::string problem;                      // "cut at 65536 ranges", "table outside memory"
};

PageTree page_tree(Paging const&, PhysicalReader const&, std::size_t max_ranges = 65536,
                   std::size_t max_tables = 65536);

}  // namespace sim::debug
