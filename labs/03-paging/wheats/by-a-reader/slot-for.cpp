// SPDX-License-Identifier: MIT
PhysAddr table = root_;
for (unsigned level = arch::top_level; level > wanted_level; --level) {
    PageEntry& entry = frames_->entries(table)[arch::table_index(page, level)];
    if (!entry.has<PageEntry::Present>())
        entry = table_entry(TRY(new_table()));
    else if (level < arch::top_level && entry.has<PageEntry::Large>())
        return fail(MemoryError::already_mapped);
    table = entry.target();
}
return frames_->entries(table) + arch::table_index(page, wanted_level);
