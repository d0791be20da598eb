// SPDX-License-Identifier: GPL-2.0-or-later
//
// Address translation: TLB, then a walk of the tables in the guest's RAM.
// [sdm-3a §4] Legacy 32-bit paging, PAE and 4-level paging, all page sizes.
#pragma once

#include <cstdint>
#include <functional>

#include "simulator/engine/cpu.hpp"
#include "simulator/engine/physical_memory.hpp"
#include "simulator/engine/tlb.hpp"

namespace sim::engine {

// Bits of a page fault's error code. [sdm-3a §4.7]
namespace page_fault {
constexpr std::uint32_t present = 1, write = 2, user = 4, reserved = 8, fetch = 16;
}

// Physical address width. CPUID says the same (cpu_features.cpp).
constexpr unsigned physical_bits = 40;

// What the walk depends on besides memory: a copy of the control registers.
struct PagingMode {
    std::uint64_t cr0 = 0, cr3 = 0, cr4 = 0, efer = 0;
    bool enabled() const { return cr0 >> 31 & 1; }
    bool write_protect() const { return cr0 >> 16 & 1; }
    bool pae() const { return cr4 >> 5 & 1; }
    bool page_size_extension() const { return cr4 >> 4 & 1; }
    bool global_pages() const { return cr4 >> 7 & 1; }
    bool supervisor_execute_protection() const { return cr4 >> 20 & 1; }
    bool no_execute() const { return efer >> 11 & 1; }
    bool long_mode() const { return efer >> 10 & 1; }
};

struct Translation {
    enum class Outcome : std::uint8_t { ok, page_fault, not_canonical };
    Outcome outcome = Outcome::ok;
    PhysAddr frame = 0;            // of the 4 KiB page that holds the address
    bool writable = false;         // by this access's privilege
    bool executable = false;       // likewise
    bool dirty = false;            // the leaf's D bit is set: a write needs no further walk
    std::uint32_t error_code = 0;  // when it faults
    explicit operator bool() const { return outcome == Outcome::ok; }
};

class Mmu {
public:
    // `table_written(address)` is told of each table entry whose accessed or
    // dirty bit the walker has set in RAM.
    Mmu(PhysicalMemory& memory, std::function<void(PhysAddr)> table_written);

    // As the processor does it: uses and fills the TLB, sets A and D.
    Translation translate(VirtAddr address, Access access, bool user);
    // The same answer without any trace.
    Translation peek(VirtAddr address, Access access, bool user) const;
    // By the tables alone, step by step.
    Walk walk(VirtAddr address, Access access, bool user) const;

    PagingMode mode;
    Tlb tlb;
    bool engines_must_flush = false;  // the TLB lost or changed an entry: the engines' own must follow

private:
    struct Leaf {
        TlbEntry entry;
        Walk walk;
    };
    Leaf walk_tables(VirtAddr address, Access access, bool user) const;
    bool permits(TlbEntry const& entry, Access access, bool user) const;
    std::uint32_t error_code(Access access, bool user, std::uint32_t why) const;
    Translation answer(TlbEntry const& entry, VirtAddr address, bool user) const;
    void set_accessed(VirtAddr address, bool dirty, Walk const& walk);

    PhysicalMemory& memory_;
    std::function<void(PhysAddr)> table_written_;
};

bool is_canonical(VirtAddr address);

}  // namespace sim::engine
