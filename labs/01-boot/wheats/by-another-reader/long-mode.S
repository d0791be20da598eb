/* SPDX-License-Identifier: MIT */
lgdt boot_gdt_pointer               /* changes nothing before a selector is loaded */
movl $boot_pml4, %eax
movl %eax, %cr3
movl %cr4, %eax
btsl $5, %eax
btsl $9, %eax
btsl $10, %eax
movl %eax, %cr4
movl $MSR_EFER, %ecx
rdmsr
btsl $8, %eax
btsl $11, %eax
wrmsr
movl %cr0, %eax
orl $(CR0_PG | CR0_WP | CR0_MP | CR0_EM | CR0_PE), %eax
xorl $CR0_EM, %eax
movl %eax, %cr0
pushl $CODE_SEGMENT
pushl $long_mode_start
lret
