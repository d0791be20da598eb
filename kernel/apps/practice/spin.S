/* SPDX-License-Identifier: MIT
 *
 * practice_spin(rounds): work that uses every register, flag and the stack, so that
 * whoever interrupts it and changes anything is found out. Interrupts may come
 * before each of its instructions.
 */
    .text
    .global practice_spin, practice_spin_end
    .type practice_spin, @function
practice_spin:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq $0x1111111111111111, %rax
    movq $0x2222222222222222, %rbx
    movq $0x3333333333333333, %rcx
    movq $0x4444444444444444, %rdx
    movq $0x5555555555555555, %rsi
    movq $0x6666666666666666, %rbp
    movq $0x8888888888888888, %r8
    movq $0x9999999999999999, %r9
    movq $0xaaaaaaaaaaaaaaaa, %r10
    movq $0xbbbbbbbbbbbbbbbb, %r11
    movq $0xcccccccccccccccc, %r12
    movq $0xdddddddddddddddd, %r13
    movq $0xeeeeeeeeeeeeeeee, %r14
    movq $0xffffffffffffffff, %r15
again:
    addq %rbx, %rax
    adcq %rcx, %rdx
    rolq $7, %rsi
    std                                 /* the direction flag too */
    xorq %r8, %r9
    subq %r10, %r11
    pushq %r12
    leaq 1(%r13, %r14), %r13
    popq %r15                           /* the stack is aligned to 8, not to 16, in between */
    cld
    imulq $3, %rbp, %rbp
    notq %r14
    sbbq %rax, %r12
    decq %rdi
    jnz again
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
practice_spin_end:
    .size practice_spin, . - practice_spin
    .section .note.GNU-stack, "", @progbits
