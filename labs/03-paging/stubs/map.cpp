// SPDX-License-Identifier: MIT
// TODO checkpoint 2: refuse what is misaligned, not canonical or mapped already;
// else write the entry. When slot_for fails, leave no table behind (prune).
(void)page, (void)rights, (void)size, (void)caching, (void)physical;
return fail(MemoryError::out_of_memory);
