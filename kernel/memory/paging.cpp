// SPDX-License-Identifier: MIT
#include "kernel/memory/paging.hpp"

#include <algorithm>

#include "kernel/base/assert.hpp"

namespace memory {

using arch::PageEntry;
using base::fail;
using base::PhysAddr;
using base::Result;
using base::VirtAddr;

namespace {

// [doc:with-rights]
PageEntry with_rights(PageEntry entry, Rights rights) {
    return entry.with<PageEntry::Writable>(rights == Rights::read_write)
        .with<PageEntry::NoExecute>(rights != Rights::read_execute);
}
// [/doc:with-rights]

// [doc:table-entry]
// The entry of a table grants everything: the page's own entry decides. The
// processor takes the strictest of the levels. [sdm-3a §4.6]
PageEntry table_entry(PhysAddr table) {
    return PageEntry{{table.raw()}}.with<PageEntry::Present>(1).with<PageEntry::Writable>(1);
}
// [/doc:table-entry]

bool is_empty(PageEntry const* entries) {
    return std::all_of(entries, entries + arch::entries_per_table, [](PageEntry e) { return e.raw == 0; });
}

}  // namespace

Result<PageTables, MemoryError> PageTables::create(TableFrames& frames) {
    PageTables tables(PhysAddr(), frames);
    tables.root_ = TRY(tables.new_table());
    return tables;
}

Result<PhysAddr, MemoryError> PageTables::new_table() {
    PhysAddr const table = TRY(frames_->allocate());
    std::fill_n(frames_->entries(table), arch::entries_per_table, PageEntry{});
    return table;
}

// [doc:walk]
Walk PageTables::walk(VirtAddr address) const {
    // [lab:03-walk]
    Walk result;
    PhysAddr table = root_;
    for (unsigned level = arch::top_level; level >= 1; --level) {
        result.slot = frames_->entries(table) + arch::table_index(address, level);
        result.entry = *result.slot;
        result.level = level;
        if (!result.entry.has<PageEntry::Present>()) return result;
        if (level == 1 || result.entry.has<PageEntry::Large>()) {
            // The rest of the address is the place inside the page.
            std::uint64_t const inside = arch::level_size(level) - 1;
            result.mapped = true;
            result.physical = result.entry.target().align_down(inside + 1) + (address.raw() & inside);
            return result;
        }
        table = result.entry.target();
    }
    return result;
    // [/lab:03-walk]
}
// [/doc:walk]

// The entry for a page at this level; tables on the way are made as needed.
Result<PageEntry*, MemoryError> PageTables::slot_for(VirtAddr page, unsigned wanted_level) {
    // [lab:03-slot-for]
    PhysAddr table = root_;
    for (unsigned level = arch::top_level;; --level) {
        PageEntry* const slot = frames_->entries(table) + arch::table_index(page, level);
        if (level == wanted_level) return slot;
        if (slot->has<PageEntry::Large>()) return fail(MemoryError::already_mapped);
        if (!slot->has<PageEntry::Present>()) *slot = table_entry(TRY(new_table()));
        table = slot->target();
    }
    // [/lab:03-slot-for]
}

// [doc:map]
Result<void, MemoryError> PageTables::map(VirtAddr page, PhysAddr physical, Rights rights, PageSize size,
                                          Caching caching) {
    if (physical >= end_) return fail(MemoryError::no_such_memory);
    if (sealed_ && rights == Rights::read_execute) return fail(MemoryError::sealed);
    if (seal_forbids(physical, bytes(size))) return fail(MemoryError::sealed);
    // [lab:03-map]
    std::uint64_t const inside = bytes(size) - 1;
    if (((page.raw() | physical.raw()) & inside) != 0) return fail(MemoryError::misaligned);
    if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);

    auto const found = slot_for(page, level_of(size));
    if (!found) {
        prune(root_, arch::top_level, page);  // tables made on the way to nowhere
        return fail(found.error());
    }
    PageEntry* const slot = found.value();
    if (slot->has<PageEntry::Present>()) return fail(MemoryError::already_mapped);

    PageEntry const entry = PageEntry{{physical.raw()}}
                                .with<PageEntry::Present>(1)
                                .with<PageEntry::Large>(size != PageSize::small)
                                .with<PageEntry::CacheDisable>(caching == Caching::uncached);
    *slot = with_rights(entry, rights);
    return {};  // no invalidation: the TLB never holds an entry that was not present [sdm-3a §4.10.2.3]
    // [/lab:03-map]
}
// [/doc:map]

Result<void, MemoryError> PageTables::unmap(VirtAddr page) {
    // [lab:03-unmap]
    PageEntry* const slot = TRY(small_slot(page));
    *slot = PageEntry{};
    frames_->invalidate(page);
    prune(root_, arch::top_level, page);
    return {};
    // [/lab:03-unmap]
}

// Frees the tables on the way to this page that hold nothing. True: this one
// was freed too. The root stays.
bool PageTables::prune(PhysAddr table, unsigned level, VirtAddr page) {
    // [lab:03-prune]
    PageEntry* const entries = frames_->entries(table);
    PageEntry& entry = entries[arch::table_index(page, level)];
    bool const leads_on = level > 1 && entry.has<PageEntry::Present>() && !entry.has<PageEntry::Large>();
    if (leads_on && prune(entry.target(), level - 1, page)) {
        entry = PageEntry{};
        // The processor may keep upper entries too; INVLPG drops those as well.
        // [sdm-3a §4.10.4.1]
        frames_->invalidate(page);
    }
    if (level == arch::top_level || !is_empty(entries)) return false;
    frames_->free(table);
    return true;
    // [/lab:03-prune]
}

Result<void, MemoryError> PageTables::protect(VirtAddr page, Rights rights) {
    if (sealed_ && rights == Rights::read_execute) return fail(MemoryError::sealed);
    // [lab:03-protect]
    PageEntry* const slot = TRY(small_slot(page));
    *slot = with_rights(*slot, rights);
    frames_->invalidate(page);
    return {};
    // [/lab:03-protect]
}

// The entry of a mapped 4 KiB page that may be changed. A larger page is split,
// a 1 GiB page twice.
Result<PageEntry*, MemoryError> PageTables::small_slot(VirtAddr page) {
    if (Walk const now = walk(page); now.mapped && seal_forbids(now.physical, base::page_size))
        return fail(MemoryError::sealed);
    // [lab:03-small-slot]
    if (page.page_offset() != 0) return fail(MemoryError::misaligned);
    if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
    Walk found = walk(page);
    if (!found.mapped) return fail(MemoryError::not_mapped);
    while (found.level > 1) {
        TRY(split(found, page));
        found = walk(page);
    }
    return found.slot;
    // [/lab:03-small-slot]
}

// A page becomes 512 of the next smaller size that say the same: same memory,
// same rights, same caching.
Result<void, MemoryError> PageTables::split(Walk const& found, VirtAddr page) {
    // [lab:03-split]
    PhysAddr const table = TRY(new_table());
    PageEntry* const entries = frames_->entries(table);
    unsigned const level = found.level - 1;
    std::uint64_t const frames = arch::level_size(level) >> base::page_shift;
    PageEntry const part = found.entry.with<PageEntry::Large>(level > 1);
    for (unsigned i = 0; i < arch::entries_per_table; ++i)
        entries[i] = part.with<PageEntry::Frame>(part.get<PageEntry::Frame>() + i * frames);
    *found.slot = table_entry(table);
    frames_->invalidate(page);
    return {};
    // [/lab:03-split]
}

bool PageTables::merge(VirtAddr page) {
    Walk const found = walk(page);
    if (!found.mapped || found.level > 2) return false;
    PageEntry* const parent = MUST(slot_for(page, found.level + 1));  // walk came by it
    PhysAddr const table = parent->target();
    PageEntry const* const entries = frames_->entries(table);
    // What the processor notes in passing may differ.
    auto const plain = [](PageEntry entry) {
        return entry.with<PageEntry::Accessed>(0).with<PageEntry::Dirty>(0);
    };
    PageEntry const first = plain(entries[0]);
    std::uint64_t const size = arch::level_size(found.level);
    if (!base::is_aligned(first.target().raw(), size * arch::entries_per_table)) return false;
    for (unsigned i = 0; i < arch::entries_per_table; ++i) {
        std::uint64_t const frame = first.get<PageEntry::Frame>() + i * (size >> base::page_shift);
        if (plain(entries[i]).raw != first.with<PageEntry::Frame>(frame).raw) return false;
    }
    *parent = first.with<PageEntry::Large>(1);
    // The TLB may hold any of the 512. They are right for now, and would be wrong after
    // the next change.
    VirtAddr const start = page.align_down(size * arch::entries_per_table);
    for (unsigned i = 0; i < arch::entries_per_table; ++i) frames_->invalidate(start + i * size);
    frames_->free(table);
    return true;
}

// [doc:seal]
void PageTables::seal(PhysAddr first, PhysAddr end) {
    sealed_ = true;
    sealed_first_ = first;
    sealed_end_ = end;
}

// Nothing wraps: physical addresses end at 2^52.
bool PageTables::seal_forbids(PhysAddr physical, std::uint64_t size) const {
    return sealed_ && physical < sealed_end_ && physical + size > sealed_first_;
}
// [/doc:seal]

}  // namespace memory
