// SPDX-License-Identifier: MIT
// From below, by recursion: whoever wants a level needs the table that the level above leads to.
if (wanted_level == arch::top_level) return &frames_->entries(root_)[arch::table_index(page, wanted_level)];
PageEntry* const above = TRY(slot_for(page, wanted_level + 1));
if (!above->has<PageEntry::Present>()) {
    PhysAddr const fresh = TRY(new_table());
    *above = table_entry(fresh);
} else if (wanted_level + 1 < arch::top_level && above->has<PageEntry::Large>()) {
    return fail(MemoryError::already_mapped);
}
return &frames_->entries(above->target())[arch::table_index(page, wanted_level)];
