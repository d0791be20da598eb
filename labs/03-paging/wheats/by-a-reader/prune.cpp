// SPDX-License-Identifier: MIT
PageEntry* const entries = frames_->entries(table);
PageEntry& entry = entries[arch::table_index(page, level)];
bool const leads_on = level > 1 && entry.has<PageEntry::Present>() &&
                      !(level < arch::top_level && entry.has<PageEntry::Large>());
if (leads_on && prune(entry.target(), level - 1, page)) entry = PageEntry{};
if (level == arch::top_level || !is_empty(entries)) return false;
frames_->free(table);
return true;
