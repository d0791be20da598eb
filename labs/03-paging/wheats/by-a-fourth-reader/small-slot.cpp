// SPDX-License-Identifier: MIT
if (page.raw() % base::page_size != 0) return fail(MemoryError::misaligned);
if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
Walk const found = walk(page);
if (!found.mapped) return fail(MemoryError::not_mapped);
if (found.level == 1) return found.slot;
TRY(split(found, page));
return small_slot(page);
