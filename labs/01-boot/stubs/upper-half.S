/* SPDX-License-Identifier: MIT */
/* TODO checkpoint 1: the data segment into DS, ES and SS, zero into FS and GS; then
 * to higher_half_start, by its whole address: it is almost 2 GiB away. */
1:  hlt
    jmp 1b
