// SPDX-License-Identifier: MIT
for (;;) {
    Walk const found = walk(page);
    if (found.level < wanted_level) {  // there is a table at the place: look again, but not so far
        PhysAddr table = root_;
        for (unsigned level = arch::top_level; level > wanted_level; --level)
            table = frames_->entries(table)[arch::table_index(page, level)].target();
        return frames_->entries(table) + arch::table_index(page, wanted_level);
    }
    if (found.level == wanted_level) return found.slot;
    if (found.mapped) return fail(MemoryError::already_mapped);
    *found.slot = table_entry(TRY(new_table()));
}
