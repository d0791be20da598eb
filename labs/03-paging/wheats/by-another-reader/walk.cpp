// SPDX-License-Identifier: MIT
// By recursion, from the root.
auto const step = [&](auto const& self, PhysAddr table, unsigned level) -> Walk {
    PageEntry* const slot = &frames_->entries(table)[arch::table_index(address, level)];
    PageEntry const entry = *slot;
    if (!entry.has<PageEntry::Present>()) return Walk{false, level, entry, slot, PhysAddr()};
    bool const is_page = level == 1 || ((level == 2 || level == 3) && entry.has<PageEntry::Large>());
    if (!is_page) return self(self, entry.target(), level - 1);
    std::uint64_t const offset_mask = arch::level_size(level) - 1;
    PhysAddr const physical((entry.target().raw() & ~offset_mask) | (address.raw() & offset_mask));
    return Walk{true, level, entry, slot, physical};
};
return step(step, root_, arch::top_level);
