/* SPDX-License-Identifier: MIT
 *
 * The beginning of the guest of several processors: the PVH entry of the first
 * one, the start-up page of the others, interrupt stubs. Everything lies at its
 * physical address. The C++ part is guest.cpp.
 */
#define TRAMPOLINE 0x8000

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
    movl $boot_stack_end, %esp
    movl %ebx, start_info
    /* Page tables: 4 GiB in pages of 2 MiB. */
    movl $pml4, %edi
    movl $pdpt, %eax
    orl $3, %eax
    movl %eax, (%edi)
    movl $pdpt, %edi
    movl $directories, %eax
    orl $3, %eax
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
    call to_long_mode
    ljmp $0x08, $first_in_long_mode

/* Paging and long mode on, for whoever calls. */
to_long_mode:
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
    movl $0x80010011, %eax      /* PG, WP, ET, PE; caches on */
    movl %eax, %cr0
    ret

    .code64
first_in_long_mode:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl $boot_stack_end, %esp
    call guest_main
1:  hlt
    jmp 1b

/* Copied to TRAMPOLINE; a start-up message enters here in real mode. */
    .global trampoline_begin, trampoline_end
    .code16
trampoline_begin:
    cli
    movw %cs, %ax
    movw %ax, %ds
    lgdtl trampoline_gdt - trampoline_begin
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $0x18, $other_start
    .balign 8
trampoline_gdt:
    .word gdt_end - gdt - 1
    .long gdt
trampoline_end:

    .code32
other_start:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl other_stack, %esp
    call to_long_mode
    ljmp $0x08, $other_in_long_mode
    .code64
other_in_long_mode:
    movl other_stack, %esp
    xorl %ebp, %ebp
    call other_main
1:  hlt
    jmp 1b

/* A function that is rewritten while the others call it. */
    .balign 4096
    .global patched
patched:
    movl $0, %eax
    ret
    .balign 4096

/* One stub for each vector that is used: number, then the common part. */
    .macro stub number
    .balign 16
    pushq $\number
    jmp common
    .endm
    .balign 16
    .global stubs
stubs:
    .set i, 0
    .rept 256
    stub i
    .set i, i + 1
    .endr
common:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    movq 72(%rsp), %rdi
    cld
    call on_interrupt
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rax
    addq $8, %rsp
    iretq

    .data
    .balign 16
gdt:
    .quad 0
    .quad 0x00af9b000000ffff    /* 08: code, 64 bits */
    .quad 0x00cf93000000ffff    /* 10: data */
    .quad 0x00cf9b000000ffff    /* 18: code, 32 bits */
gdt_end:
gdt_pointer:
    .word gdt_end - gdt - 1
    .long gdt
    .global start_info, other_stack
start_info:
    .long 0
other_stack:
    .long 0

    .bss
    .balign 4096
    .global directories, pml4
pml4:        .skip 4096
pdpt:        .skip 4096
directories: .skip 4 * 4096
             .skip 16384
boot_stack_end:
