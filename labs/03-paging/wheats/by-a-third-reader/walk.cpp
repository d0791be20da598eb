// SPDX-License-Identifier: MIT
// An address that is not canonical is not mapped. The level counts down in the result.
Walk now;
now.level = arch::top_level + 1;
PageEntry const root = table_entry(root_);
now.entry = root;
for (;;) {
    --now.level;
    now.slot = &frames_->entries(now.entry.target())[arch::table_index(address, now.level)];
    now.entry = *now.slot;
    if (!now.entry.has<PageEntry::Present>() || !arch::is_canonical(address)) return now;
    if (now.level == 1) break;
    if (now.level < arch::top_level && now.entry.has<PageEntry::Large>()) break;
}
std::uint64_t const inside = address.raw() % now.page_bytes();
now.physical = PhysAddr(base::align_down(now.entry.target().raw(), now.page_bytes()) + inside);
now.mapped = true;
return now;
