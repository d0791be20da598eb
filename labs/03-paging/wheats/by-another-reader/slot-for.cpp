// SPDX-License-Identifier: MIT
// Walk as far as the tables go; hang new ones under the last entry until we are there.
Walk at = walk(page);
if (at.mapped && at.level > wanted_level) return fail(MemoryError::already_mapped);
if (at.level <= wanted_level) {
    // The walk came to the wanted level or went below it: descend once more by hand.
    PageEntry* table = frames_->entries(root_);
    for (unsigned level = arch::top_level; level != wanted_level; --level)
        table = frames_->entries(table[arch::table_index(page, level)].target());
    return table + arch::table_index(page, wanted_level);
}
PageEntry* slot = at.slot;
for (unsigned level = at.level; level != wanted_level; --level) {
    PhysAddr const fresh = TRY(new_table());
    *slot = table_entry(fresh);
    slot = frames_->entries(fresh) + arch::table_index(page, level - 1);
}
return slot;
