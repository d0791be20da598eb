// SPDX-License-Identifier: MIT
if (level == 1) {
    if (!is_empty(frames_->entries(table))) return false;
    frames_->free(table);
    return true;
}
PageEntry* const slot = &frames_->entries(table)[arch::table_index(page, level)];
bool const is_table = slot->has<PageEntry::Present>() &&
                      (level == arch::top_level || !slot->has<PageEntry::Large>());
if (is_table) {
    PhysAddr const below = slot->target();
    if (prune(below, level - 1, page)) *slot = PageEntry{};
}
if (level == arch::top_level) return false;
if (!is_empty(frames_->entries(table))) return false;
frames_->free(table);
return true;
