/* SPDX-License-Identifier: MIT */
movq $bss_start, %rdi
movq $bss_end, %rcx
subq %rdi, %rcx
shrq $3, %rcx
xorl %eax, %eax
rep stosq
