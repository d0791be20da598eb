/* SPDX-License-Identifier: MIT */
/* From the last entry to the first, both halves at once, and no string instruction. */
    movl $boot_pml4, %edi
    movl $(4 * 1024), %ecx
1:  decl %ecx
    movl $0, (%edi, %ecx, 4)
    jnz 1b

    movl $511, %ecx
2:  movl %ecx, %eax
    shll $21, %eax
    orl $(PRESENT | WRITABLE | LARGE), %eax
    movl %eax, boot_pd(, %ecx, 8)
    decl %ecx
    jns 2b

    movl $boot_pd, %eax
    orl $(PRESENT | WRITABLE), %eax
    movl %eax, boot_pdpt_low
    movl %eax, boot_pdpt_high + 510 * 8
    movl $boot_pdpt_low, %eax
    orl $(PRESENT | WRITABLE), %eax
    movl %eax, boot_pml4
    movl %eax, boot_pml4 + 256 * 8
    movl $boot_pdpt_high, %eax
    orl $(PRESENT | WRITABLE), %eax
    movl %eax, boot_pml4 + 511 * 8
