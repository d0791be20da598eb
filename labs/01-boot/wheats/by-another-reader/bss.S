/* SPDX-License-Identifier: MIT */
leaq bss_start(%rip), %rax
leaq bss_end(%rip), %rdx
1:  cmpq %rdx, %rax
jae 2f
movq $0, (%rax)
addq $8, %rax
jmp 1b
2:
