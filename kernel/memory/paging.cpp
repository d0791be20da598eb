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

PageEntry with_rights(PageEntry entry, Rights rights) {
    return entry.with<PageEntry::Writable>(rights == Rights::read_write)
        .with<PageEntry::NoExecute>(rights != Rights::read_execute);
}

// The entry of a table grants everything: the page's own entry decides. The
// processor takes the strictest of the levels. [sdm-3a §4.6]
PageEntry table_entry(PhysAddr table) {
    return PageEntry{{table.raw()}}.with<PageEntry::Present>(1).with<PageEntry::Writable>(1);
}

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

Result<void, MemoryError> PageTables::map(VirtAddr page, PhysAddr physical, Rights rights, PageSize size,
                                          Caching caching) {
    // [lab:03-map]
    std::uint64_t const inside = bytes(size) - 1;
    if (((page.raw() | physical.raw()) & inside) != 0) return fail(MemoryError::misaligned);
    if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);

    auto const found = slot_for(page, size == PageSize::large ? 2 : 1);
    if (!found) {
        prune(root_, arch::top_level, page);  // tables made on the way to nowhere
        return fail(found.error());
    }
    PageEntry* const slot = found.value();
    if (slot->has<PageEntry::Present>()) return fail(MemoryError::already_mapped);

    PageEntry const entry = PageEntry{{physical.raw()}}
                                .with<PageEntry::Present>(1)
                                .with<PageEntry::Large>(size == PageSize::large)
                                .with<PageEntry::CacheDisable>(caching == Caching::uncached);
    *slot = with_rights(entry, rights);
    return {};  // no invalidation: the TLB never holds an entry that was not present [sdm-3a §4.10.2.3]
    // [/lab:03-map]
}

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
    // [lab:03-protect]
    PageEntry* const slot = TRY(small_slot(page));
    *slot = with_rights(*slot, rights);
    frames_->invalidate(page);
    return {};
    // [/lab:03-protect]
}

// The entry of a mapped 4 KiB page. A large page becomes 512 small ones that
// say the same: same rights, same caching.
Result<PageEntry*, MemoryError> PageTables::small_slot(VirtAddr page) {
    // [lab:03-small-slot]
    if (page.page_offset() != 0) return fail(MemoryError::misaligned);
    if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
    Walk const found = walk(page);
    if (!found.mapped) return fail(MemoryError::not_mapped);
    if (found.level == 1) return found.slot;
    ASSERT(found.level == 2);  // we make no 1 GiB pages

    PhysAddr const table = TRY(new_table());
    PageEntry* const entries = frames_->entries(table);
    PageEntry const small = found.entry.with<PageEntry::Large>(0);
    for (unsigned i = 0; i < arch::entries_per_table; ++i)
        entries[i] = small.with<PageEntry::Frame>(small.get<PageEntry::Frame>() + i);
    *found.slot = table_entry(table);
    frames_->invalidate(page);
    return entries + arch::table_index(page, 1);
    // [/lab:03-small-slot]
}

}  // namespace memory
