// SPDX-License-Identifier: MIT
if ((page.raw() | physical.raw()) % bytes(size) != 0) return fail(MemoryError::misaligned);
if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
// Look before anything is made: then only a want of frames can fail half-way.
Walk const before = walk(page);
if (before.mapped || before.level < level_of(size)) return fail(MemoryError::already_mapped);
auto const slot = slot_for(page, level_of(size));
if (!slot.ok()) {
    (void)prune(root_, arch::top_level, page);
    return fail(slot.error());
}
PageEntry entry{physical.raw()};
entry = entry.with<PageEntry::Present>(1);
if (size != PageSize::small) entry = entry.with<PageEntry::Large>(1);
if (caching == Caching::uncached) entry = entry.with<PageEntry::CacheDisable>(1).with<PageEntry::WriteThrough>(1);
if (slot.value()->has<PageEntry::Present>()) return fail(MemoryError::already_mapped);
*slot.value() = with_rights(entry, rights);
return {};
