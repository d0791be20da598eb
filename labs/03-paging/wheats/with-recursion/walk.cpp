// SPDX-License-Identifier: MIT
// One level, and then the rest of them.
auto const from = [this, address](auto const& self, PhysAddr table, unsigned level) -> Walk {
    PageEntry* const slot = &frames_->entries(table)[arch::table_index(address, level)];
    PageEntry const entry = *slot;
    bool const ends = !entry.has<PageEntry::Present>() || level == 1 || entry.has<PageEntry::Large>();
    if (!ends) return self(self, entry.target(), level - 1);
    Walk end;
    end.mapped = entry.has<PageEntry::Present>();
    end.level = level;
    end.entry = entry;
    end.slot = slot;
    if (end.mapped) {
        std::uint64_t const size = arch::level_size(level);
        end.physical = entry.target().align_down(size) + address.raw() % size;
    }
    return end;
};
return from(from, root_, arch::top_level);
