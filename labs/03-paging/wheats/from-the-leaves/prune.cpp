// SPDX-License-Identifier: MIT
// Down first, noting the way; then up for as long as what lies below is empty.
PhysAddr way[arch::top_level + 1];
PhysAddr at = table;
unsigned lowest = level;
while (true) {
    way[lowest] = at;
    PageEntry const entry = frames_->entries(at)[arch::table_index(page, lowest)];
    if (lowest == 1 || !entry.has<PageEntry::Present>() || entry.has<PageEntry::Large>()) break;
    at = entry.target();
    --lowest;
}
for (unsigned now = lowest; now < arch::top_level; ++now) {
    if (!is_empty(frames_->entries(way[now]))) return false;
    frames_->free(way[now]);
    frames_->invalidate(page);
    if (now == level) return true;
    frames_->entries(way[now + 1])[arch::table_index(page, now + 1)] = PageEntry{};
}
return false;
