/* SPDX-License-Identifier: MIT */
/* TODO checkpoint 1: the data segment into DS, ES and SS, zero into FS and GS; then
 * to higher_half_start, which is too far away for a relative jump. */
1:  hlt
    jmp 1b
