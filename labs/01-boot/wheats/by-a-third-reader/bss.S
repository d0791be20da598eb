/* SPDX-License-Identifier: MIT */
    movq $bss_end, %rdx
1:  cmpq $bss_start, %rdx
    je 2f
    subq $8, %rdx
    movq $0, (%rdx)
    jmp 1b
2:
