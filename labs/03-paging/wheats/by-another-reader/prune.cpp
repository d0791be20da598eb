// SPDX-License-Identifier: MIT
// The way down as a list, then back up; not recursive.
PageEntry* way[arch::top_level + 1] = {};
PhysAddr tables[arch::top_level + 1];
unsigned lowest = level;
for (PhysAddr at = table;; --lowest) {
    tables[lowest] = at;
    way[lowest] = frames_->entries(at) + arch::table_index(page, lowest);
    PageEntry const entry = *way[lowest];
    if (lowest == 1 || !entry.has<PageEntry::Present>()) break;
    if (lowest != arch::top_level && entry.has<PageEntry::Large>()) break;
    at = entry.target();
}
for (unsigned here = lowest; here <= level; ++here) {
    if (here == arch::top_level || !is_empty(frames_->entries(tables[here]))) return false;
    frames_->free(tables[here]);
    if (here < level) way[here + 1]->raw = 0;
}
return true;
