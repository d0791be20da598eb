// SPDX-License-Identifier: MIT
// The entry as the manual draws it.
std::uint64_t const size_mask = bytes(size) - 1;
if ((page.raw() & size_mask) != 0 || (physical.raw() & size_mask) != 0) return fail(MemoryError::misaligned);
std::uint64_t const top = page.raw() >> 47;
if (top != 0 && top != 0x1ffff) return fail(MemoryError::not_canonical);
std::uint64_t raw = physical.raw() | 1;
if (rights == Rights::read_write) raw |= 2;
if (caching == Caching::uncached) raw |= 1 << 4;
if (size != PageSize::small) raw |= 1 << 7;
if (rights != Rights::read_execute) raw |= std::uint64_t{1} << 63;
auto slot = slot_for(page, static_cast<unsigned>(size));
if (!slot.ok()) {
    MemoryError const why = slot.error();
    prune(root_, 4, page);
    return fail(why);
}
if ((slot.value()->raw & 1) != 0) return fail(MemoryError::already_mapped);
slot.value()->raw = raw;
return {};
