// SPDX-License-Identifier: MIT
if (page.raw() % base::page_size != 0) return fail(MemoryError::misaligned);
if (!arch::is_canonical(page)) return fail(MemoryError::not_canonical);
// A split that fails leaves no trace: an earlier one is taken back.
bool first_done = false;
for (Walk now = walk(page);; now = walk(page)) {
    if (!now.mapped) return fail(MemoryError::not_mapped);
    if (now.level == 1) return now.slot;
    if (auto const done = split(now, page); !done.ok()) {
        if (first_done) merge(page);
        return fail(done.error());
    }
    first_done = true;
}
