// SPDX-License-Identifier: MIT
PhysAddr const table = TRY(new_table());
PageEntry* const entries = frames_->entries(table);
bool const still_large = found.level == 3;
PageEntry piece = found.entry.with<PageEntry::Large>(still_large);
std::uint64_t const bytes_each = found.page_bytes() / arch::entries_per_table;
std::for_each(entries, entries + arch::entries_per_table, [&](PageEntry& entry) {
    entry = piece;
    piece.raw += bytes_each;
});
*found.slot = table_entry(table);
frames_->invalidate(page);
return {};
