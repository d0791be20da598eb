// SPDX-License-Identifier: MIT
if (!base::is_aligned(page.raw(), std::uint64_t{base::page_size})) return fail(MemoryError::misaligned);
if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
Walk found = walk(page);
if (!found.mapped) return fail(MemoryError::not_mapped);
while (found.level > 1) {
    TRY(split(found, page));
    found = walk(page);
}
return found.slot;
