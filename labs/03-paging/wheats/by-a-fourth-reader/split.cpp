// SPDX-License-Identifier: MIT
PhysAddr const table = TRY(new_table());
unsigned const level = found.level - 1;
PageEntry part = found.entry.with<PageEntry::Large>(level > 1);
for (unsigned i = 0; i < arch::entries_per_table; ++i) {
    frames_->entries(table)[i] = part;
    part.raw += arch::level_size(level);
}
*found.slot = table_entry(table);
frames_->invalidate(page);
return {};
