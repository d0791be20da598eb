/* SPDX-License-Identifier: MIT
 *
 * The context switch. It is called by one thread and returns in another.
 */
    .cfi_sections .debug_frame
    .text
    .global switch_context
    .type switch_context, @function
switch_context:
    .cfi_startproc
/* [lab:06-switch] */
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp                     /* from here on: the other thread */
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
/* [/lab:06-switch] */
    .cfi_endproc
    .size switch_context, . - switch_context
    .section .note.GNU-stack, "", @progbits
