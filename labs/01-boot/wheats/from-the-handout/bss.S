/* SPDX-License-Identifier: MIT */
    movl $0, %eax
    movq $bss_start, %rdi
    movq $bss_end, %rcx
    subq $bss_start, %rcx
    rep stosb
