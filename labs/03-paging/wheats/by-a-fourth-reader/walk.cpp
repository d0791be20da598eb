// SPDX-License-Identifier: MIT
Walk here;
here.level = arch::top_level + 1;
PhysAddr table = root_;
do {
    --here.level;
    here.slot = frames_->entries(table) + arch::table_index(address, here.level);
    here.entry = *here.slot;
    if (here.entry.get<PageEntry::Present>() == 0) return here;
    table = here.entry.target();
} while (here.level == arch::top_level || (here.level > 1 && here.entry.get<PageEntry::Large>() == 0));
std::uint64_t const inside = here.page_bytes() - 1;
here.mapped = true;
here.physical = PhysAddr((table.raw() & ~inside) | (address.raw() & inside));
return here;
