/* SPDX-License-Identifier: MIT */
movl $boot_pml4, %edi               /* the four tables lie side by side */
xorl %eax, %eax
movl $(4 * 4096 / 4), %ecx
rep stosl

movl $boot_pdpt_low, %eax
orl $(PRESENT | WRITABLE), %eax
movl %eax, boot_pml4 + 0 * 8
movl %eax, boot_pml4 + 256 * 8
movl $boot_pdpt_high, %eax
orl $(PRESENT | WRITABLE), %eax
movl %eax, boot_pml4 + 511 * 8
movl $boot_pd, %eax
orl $(PRESENT | WRITABLE), %eax
movl %eax, boot_pdpt_low + 0 * 8
movl %eax, boot_pdpt_high + 510 * 8

movl $boot_pd, %edi
movl $(PRESENT | WRITABLE | LARGE), %eax
movl $512, %ecx
1:  movl %eax, (%edi)
addl $8, %edi
addl $0x200000, %eax
decl %ecx
jnz 1b
