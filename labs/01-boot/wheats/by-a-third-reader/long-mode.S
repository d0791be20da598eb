/* SPDX-License-Identifier: MIT */
lgdt boot_gdt_pointer
pushl $CODE_SEGMENT
pushl $long_mode_start
movl %cr4, %edx
orl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %edx
movl %edx, %cr4
movl $boot_pml4, %edx
movl %edx, %cr3
movl $MSR_EFER, %ecx
rdmsr
orl $(EFER_LME | EFER_NXE), %eax
wrmsr
movl %cr0, %eax
andl $~CR0_EM, %eax
orl $(CR0_PG | CR0_WP | CR0_MP | CR0_PE), %eax
movl %eax, %cr0
lretl
