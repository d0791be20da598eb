/* SPDX-License-Identifier: MIT */
/* EFER first, each bit by itself, and the GDT long before it is needed. */
    lgdt boot_gdt_pointer
    movl $MSR_EFER, %ecx
    rdmsr
    btsl $8, %eax
    btsl $11, %eax
    wrmsr
    movl $boot_pml4, %edx
    movl %edx, %cr3
    movl %cr4, %edx
    btsl $5, %edx
    movl %edx, %cr4
    btsl $9, %edx
    btsl $10, %edx
    movl %edx, %cr4
    movl %cr0, %ebx
    btrl $2, %ebx
    orl $(CR0_WP | CR0_MP), %ebx
    movl %ebx, %cr0
    btsl $31, %ebx
    movl %ebx, %cr0
    pushl $CODE_SEGMENT
    pushl $long_mode_start
    lretl
