// SPDX-License-Identifier: MIT
map_part(tables, text_start, text_end, Rights::read_execute);
map_part(tables, rodata_start, rodata_end, Rights::read_write);
map_part(tables, data_start, data_end, Rights::read_write);
