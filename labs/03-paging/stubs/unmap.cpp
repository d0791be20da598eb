// SPDX-License-Identifier: MIT
// TODO checkpoint 3: clear the entry of this page, tell the TLB, prune.
(void)page;
return fail(MemoryError::not_mapped);
