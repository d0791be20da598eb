// SPDX-License-Identifier: MIT
std::uint64_t const size_in_bytes = bytes(size);
if (!base::is_aligned(page.raw(), size_in_bytes) || !base::is_aligned(physical.raw(), size_in_bytes))
    return fail(MemoryError::misaligned);
if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);

auto found = slot_for(page, level_of(size));
if (!found) {
    prune(root_, arch::top_level, page);
    return fail(found.error());
}
PageEntry* const slot = found.value();
if (slot->has<PageEntry::Present>()) return fail(MemoryError::already_mapped);
*slot = with_rights(PageEntry{}, rights)
            .with<PageEntry::Frame>(physical.raw() >> base::page_shift)
            .with<PageEntry::Large>(size != PageSize::small)
            .with<PageEntry::CacheDisable>(caching == Caching::uncached)
            .with<PageEntry::WriteThrough>(caching == Caching::uncached)
            .with<PageEntry::Present>(1);
return {};
