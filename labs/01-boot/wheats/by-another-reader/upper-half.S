/* SPDX-License-Identifier: MIT */
xorl %ecx, %ecx
movl %ecx, %gs
movl %ecx, %fs
movl $DATA_SEGMENT, %ecx
movl %ecx, %ss
movl %ecx, %es
movl %ecx, %ds
movq $higher_half_start, %rcx
pushq %rcx
retq
