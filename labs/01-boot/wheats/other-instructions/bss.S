/* SPDX-License-Identifier: MIT */
/* Downwards, two words at a time. */
    movq $bss_end, %rdx
1:  subq $8, %rdx
    movq $0, (%rdx)
    cmpq $bss_start, %rdx
    ja 1b
