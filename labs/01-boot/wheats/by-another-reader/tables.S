/* SPDX-License-Identifier: MIT */
/* Backwards through boot_pd, while EDX walks down the first GiB. */
movl $511, %ecx
movl $(0x3fe00000 + PRESENT + WRITABLE + LARGE), %edx
1:  movl %edx, boot_pd(, %ecx, 8)
movl $0, boot_pd + 4(, %ecx, 8)
subl $0x200000, %edx
decl %ecx
jns 1b
/* The three others: zero, entry by entry, both halves at once. */
movl $(3 * 1024 - 1), %ecx
2:  movl $0, boot_pml4(, %ecx, 4)
subl $1, %ecx
jnc 2b
leal boot_pd + PRESENT + WRITABLE, %eax
movl %eax, boot_pdpt_low
movl %eax, boot_pdpt_high + 8 * 510
leal boot_pdpt_low + PRESENT + WRITABLE, %ebx
movl %ebx, boot_pml4
movl %ebx, boot_pml4 + 8 * 256
movl $(boot_pdpt_high + PRESENT + WRITABLE), boot_pml4 + 8 * 511
