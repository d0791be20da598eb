/* SPDX-License-Identifier: MIT */
    movl %cr4, %eax
    orl $CR4_PAE, %eax
    orl $CR4_OSFXSR, %eax
    orl $CR4_OSXMMEXCPT, %eax
    movl %eax, %cr4
    leal boot_pml4, %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_LME, %eax
    orl $EFER_NXE, %eax
    wrmsr
    lgdt boot_gdt_pointer
    movl %cr0, %eax
    orl $CR0_PG, %eax
    movl %eax, %cr0
    orl $(CR0_WP | CR0_MP | CR0_PE), %eax
    andl $~CR0_EM, %eax
    movl %eax, %cr0
    ljmp $CODE_SEGMENT, $long_mode_start
