/* SPDX-License-Identifier: MIT
 *
 * From the PVH entry to guest_main() in 64-bit mode, the first 4 GiB mapped where
 * they are. Interrupts stay off. [pvh]
 */
    .section .note.GNU-stack, "", @progbits
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18
    .asciz "Xen"
    .quad pvh_start

    .text
    .code32
    .global pvh_start
pvh_start:
    cld
    movl $stack_end, %esp
    movl $pml4, %edi            /* one entry, four of the next level, 2 MiB pages */
    movl $pdpt + 3, (%edi)
    movl $pdpt, %edi
    movl $directories + 3, %eax
    movl $4, %ecx
1:  movl %eax, (%edi)
    addl $0x1000, %eax
    addl $8, %edi
    loop 1b
    movl $directories, %edi
    movl $0x83, %eax
    movl $2048, %ecx
1:  movl %eax, (%edi)
    addl $0x200000, %eax
    addl $8, %edi
    loop 1b
    movl %cr4, %eax
    orl $0x20, %eax             /* PAE */
    movl %eax, %cr4
    movl $pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx      /* EFER */
    rdmsr
    orl $0x100, %eax            /* LME */
    wrmsr
    lgdt gdt_pointer
    movl $0x80010011, %eax      /* PG, WP, ET, PE */
    movl %eax, %cr0
    ljmp $0x08, $in_long_mode

    .code64
in_long_mode:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl $stack_end, %esp
    xorl %ebp, %ebp
    call guest_main
1:  hlt
    jmp 1b

    .balign 8
gdt:
    .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .bss
    .balign 4096
pml4: .skip 4096
pdpt: .skip 4096
directories: .skip 4 * 4096
    .skip 16384
stack_end:
