/* SPDX-License-Identifier: MIT */
movw $DATA_SEGMENT, %ax
movw %ax, %ds
movw %ax, %es
movw %ax, %ss
xorl %eax, %eax
movw %ax, %fs
movw %ax, %gs
movabsq $higher_half_start, %rax
jmp *%rax
