/* SPDX-License-Identifier: MIT */
    movl $(boot_stack - boot_pml4), %ecx
1:  subl $4, %ecx
    movl $0, boot_pml4(%ecx)
    jnz 1b
    movl $511, %ecx                     /* backwards; the last page first */
2:  movl %ecx, %eax
    shll $21, %eax
    addl $(PRESENT | WRITABLE | LARGE), %eax
    movl %eax, boot_pd(, %ecx, 8)
    decl %ecx
    jns 2b
    movl $boot_pd, %edx
    orl $(PRESENT | WRITABLE), %edx
    movl %edx, boot_pdpt_low
    movl %edx, boot_pdpt_high + 510 * 8
    movl $boot_pdpt_low, %edx
    orl $(PRESENT | WRITABLE), %edx
    movl %edx, boot_pml4
    movl %edx, boot_pml4 + 256 * 8
    movl $boot_pdpt_high, %edx
    orl $(PRESENT | WRITABLE), %edx
    movl %edx, boot_pml4 + 511 * 8
