// SPDX-License-Identifier: MIT
// Entry by entry from the end; only when all are right the table is hung in.
PhysAddr const fresh = TRY(new_table());
PageEntry* const pieces = frames_->entries(fresh);
PhysAddr const start = found.entry.target().align_down(found.page_bytes());
for (unsigned i = arch::entries_per_table; i-- > 0;) {
    PhysAddr const at = start + i * arch::level_size(found.level - 1);
    PageEntry piece = found.entry.with<PageEntry::Frame>(at.raw() >> base::page_shift);
    if (found.level == 2) piece = piece.with<PageEntry::Large>(0);
    pieces[i] = piece;
}
*found.slot = table_entry(fresh);
frames_->invalidate(page);
return {};
