// SPDX-License-Identifier: MIT
//
// The four-level page tables: walk, map, unmap, protect. Two rules that no call
// can break: a page is never writable and executable, because Rights has no word
// for it; and after seal() what may be executed is final.
//
// This file knows no machine. Where table frames come from and how the TLB is
// told is TableFrames; the tests have one of their own.
#pragma once

#include <cstdint>

#include "kernel/arch/x86_64/page_entry.hpp"
#include "kernel/base/address.hpp"
#include "kernel/base/result.hpp"
#include "kernel/memory/error.hpp"

namespace memory {

// [doc:rights]
enum class Rights : std::uint8_t { read, read_write, read_execute };
enum class Caching : std::uint8_t { write_back, uncached };
enum class PageSize : std::uint8_t { small = 1, large, huge };  // 4 KiB, 2 MiB, 1 GiB: the level

constexpr unsigned level_of(PageSize size) { return static_cast<unsigned>(size); }
constexpr std::uint64_t bytes(PageSize size) { return arch::level_size(level_of(size)); }
// [/doc:rights]

// [doc:table-frames]
class TableFrames {
public:
    // A frame for a table. Its contents may be anything.
    virtual base::Result<base::PhysAddr, MemoryError> allocate() = 0;
    virtual void free(base::PhysAddr table) = 0;
    // The 512 entries of a table.
    virtual arch::PageEntry* entries(base::PhysAddr table) = 0;
    // The translation of this page changed: no processor may use the old one.
    virtual void invalidate(base::VirtAddr page) = 0;

protected:
    ~TableFrames() = default;
};
// [/doc:table-frames]

// [doc:walk]
// How the processor would translate an address.
struct Walk {
    bool mapped = false;
    unsigned level = 0;               // of the last entry read: 1 to 3 when mapped
    arch::PageEntry entry;            // the last entry read
    arch::PageEntry* slot = nullptr;  // and where it is
    base::PhysAddr physical;          // of the address itself, when mapped

    std::uint64_t page_bytes() const { return arch::level_size(level); }
};
// [/doc:walk]

class PageTables {
public:
    PageTables() = default;
    PageTables(base::PhysAddr root, TableFrames& frames) : root_(root), frames_(&frames) {
        set_physical_bits(52);
    }
    // An empty address space.
    static base::Result<PageTables, MemoryError> create(TableFrames& frames);

    base::PhysAddr root() const { return root_; }

    // [doc:operations]
    Walk walk(base::VirtAddr address) const;
    // One page. Fails without a trace when there is no frame for a table.
    base::Result<void, MemoryError> map(base::VirtAddr page, base::PhysAddr physical, Rights rights,
                                        PageSize size = PageSize::small,
                                        Caching caching = Caching::write_back);
    // One 4 KiB page; a larger page around it is split first. Tables that become
    // empty are freed.
    base::Result<void, MemoryError> unmap(base::VirtAddr page);
    base::Result<void, MemoryError> protect(base::VirtAddr page, Rights rights);
    // The opposite of splitting: where the 512 pages of the table around this one are
    // one stretch of memory with the same rights, they become one larger page. False:
    // they are not. The processor must know pages of the larger size.
    bool merge(base::VirtAddr page);
    // [/doc:operations]

    // The processor's physical addresses have so many bits, 32 to 52. An entry with more
    // means other memory, because bits are ignored, or is a page fault. [sdm-3a §4.5]
    void set_physical_bits(unsigned bits) { end_ = base::PhysAddr(std::uint64_t{1} << bits); }

    // From now on no page becomes executable, and the mappings of this physical
    // memory, the kernel's text and constants, neither change nor become more.
    void seal(base::PhysAddr first, base::PhysAddr end);

private:
    bool seal_forbids(base::PhysAddr physical, std::uint64_t size) const;
    base::Result<void, MemoryError> split(Walk const& found, base::VirtAddr page);
    base::Result<arch::PageEntry*, MemoryError> slot_for(base::VirtAddr page, unsigned level);
    base::Result<arch::PageEntry*, MemoryError> small_slot(base::VirtAddr page);
    base::Result<base::PhysAddr, MemoryError> new_table();
    bool prune(base::PhysAddr table, unsigned level, base::VirtAddr page);

    base::PhysAddr root_;
    base::PhysAddr end_;  // of the processor's physical addresses
    bool sealed_ = false;
    base::PhysAddr sealed_first_, sealed_end_;
    TableFrames* frames_ = nullptr;
};

}  // namespace memory
