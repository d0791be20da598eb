// SPDX-License-Identifier: MIT
if ((page.raw() | physical.raw()) % bytes(size) != 0) return fail(MemoryError::misaligned);
if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
auto const slot = slot_for(page, level_of(size));
if (!slot) {
    prune(root_, arch::top_level, page);
    return fail(slot.error());
}
if (slot.value()->get<PageEntry::Present>()) return fail(MemoryError::already_mapped);
PageEntry const plain = PageEntry{{physical.raw()}}
                            .with<PageEntry::Present>(1)
                            .with<PageEntry::Large>(size != PageSize::small)
                            .with<PageEntry::CacheDisable>(caching == Caching::uncached);
*slot.value() = with_rights(plain, rights);
return {};
