// SPDX-License-Identifier: MIT
// TODO checkpoint 3: the entry of a mapped 4 KiB page. Refuse what is misaligned,
// not canonical or not mapped.
// TODO checkpoint 4: while the page is a larger one, split it.
(void)page;
return fail(MemoryError::not_mapped);
