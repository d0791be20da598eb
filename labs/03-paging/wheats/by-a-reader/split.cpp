// SPDX-License-Identifier: MIT
(void)page;
PhysAddr const table = TRY(new_table());
PageEntry* const entries = frames_->entries(table);
unsigned const level = found.level - 1;
std::uint64_t const step = arch::level_size(level) >> base::page_shift;
PageEntry const old = *found.slot;
for (unsigned i = 0; i < arch::entries_per_table; ++i)
    entries[i] = old.with<PageEntry::Frame>(old.get<PageEntry::Frame>() + i * step)
                     .with<PageEntry::Large>(level > 1);
*found.slot = table_entry(table);
return {};
