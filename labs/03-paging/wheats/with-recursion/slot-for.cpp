// SPDX-License-Identifier: MIT
auto const from = [&](auto const& self, PhysAddr table, unsigned level) -> Result<PageEntry*, MemoryError> {
    PageEntry& entry = frames_->entries(table)[arch::table_index(page, level)];
    if (level == wanted_level) return &entry;
    if (!entry.has<PageEntry::Present>()) {
        auto fresh = new_table();
        if (!fresh) return fail(fresh.error());
        entry = table_entry(fresh.value());
    } else if (entry.has<PageEntry::Large>()) {
        return fail(MemoryError::already_mapped);
    }
    return self(self, entry.target(), level - 1);
};
return from(from, root_, arch::top_level);
