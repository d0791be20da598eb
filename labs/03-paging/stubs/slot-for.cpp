// SPDX-License-Identifier: MIT
// TODO checkpoint 2: as walk, but where there is no table yet, make one (new_table(),
// table_entry()). A page that is larger than wanted in the way: already_mapped.
(void)page, (void)wanted_level;
return fail(MemoryError::out_of_memory);
