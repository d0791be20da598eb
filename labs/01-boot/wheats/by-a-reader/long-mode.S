/* SPDX-License-Identifier: MIT */
movl %cr4, %eax
orl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
movl %eax, %cr4
movl $boot_pml4, %eax
movl %eax, %cr3
movl $MSR_EFER, %ecx
rdmsr
orl $(EFER_LME | EFER_NXE), %eax
wrmsr
movl %cr0, %eax
andl $~CR0_EM, %eax
orl $(CR0_PE | CR0_MP | CR0_WP | CR0_PG), %eax
movl %eax, %cr0
lgdt boot_gdt_pointer
ljmp $CODE_SEGMENT, $long_mode_start
