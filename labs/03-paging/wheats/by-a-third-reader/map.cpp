// SPDX-License-Identifier: MIT
auto const aligned = [size](std::uint64_t raw) { return (raw & (bytes(size) - 1)) == 0; };
if (!aligned(page.raw())) return fail(MemoryError::misaligned);
if (!aligned(physical.raw())) return fail(MemoryError::misaligned);
if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
auto const place = slot_for(page, level_of(size));
bool const taken = place.ok() && place.value()->has<PageEntry::Present>();
if (!place.ok() || taken) {
    prune(root_, arch::top_level, page);
    return fail(taken ? MemoryError::already_mapped : place.error());
}
std::uint64_t raw = physical.raw() | 1;
if (level_of(size) > 1) raw |= 1 << 7;
if (caching == Caching::uncached) raw |= 1 << 4;
*place.value() = with_rights(PageEntry{{raw}}, rights);
return {};
