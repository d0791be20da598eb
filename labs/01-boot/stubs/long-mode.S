/* SPDX-License-Identifier: MIT */
/* TODO checkpoint 1: CR4, CR3, EFER and CR0, in this order. Then load the GDT
 * (boot_gdt_pointer) and jump to CODE_SEGMENT : long_mode_start. */
1:  hlt
    jmp 1b
