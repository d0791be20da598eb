// SPDX-License-Identifier: MIT
PhysAddr way[arch::top_level + 1];
unsigned lowest = level;
way[lowest] = table;
while (lowest > 1) {
    PageEntry const entry = frames_->entries(way[lowest])[arch::table_index(page, lowest)];
    bool const is_page = lowest < arch::top_level && entry.get<PageEntry::Large>() != 0;
    if (entry.get<PageEntry::Present>() == 0 || is_page) break;
    way[--lowest] = entry.target();
}
for (unsigned at = lowest; at <= level; ++at) {
    if (at == arch::top_level || !is_empty(frames_->entries(way[at]))) return false;
    if (at < level) {
        frames_->entries(way[at + 1])[arch::table_index(page, at + 1)] = {};
        frames_->invalidate(page);
    }
    frames_->free(way[at]);
}
return true;
