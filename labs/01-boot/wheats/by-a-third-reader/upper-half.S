/* SPDX-License-Identifier: MIT */
xorl %edx, %edx
movl %edx, %gs
movl %edx, %fs
movb $DATA_SEGMENT, %dl
movl %edx, %es
movl %edx, %ds
movl %edx, %ss
movq $higher_half_start, %rdx
jmp *%rdx
