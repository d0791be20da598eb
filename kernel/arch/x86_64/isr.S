/* SPDX-License-Identifier: MIT
 *
 * Where every interrupt and exception arrives: short stubs, 16 bytes apart, that
 * say which vector it was, and one common path that saves the registers. There are
 * as many as there are vectors in use (stub_count in trap.hpp).
 */

/* Vectors for which the processor pushes an error code: 8, 10 to 14, 17, 21 and
 * AMD's 29 and 30. [sdm-3a §6.13], [amd-2 §8.2] */
#define ERROR_CODE_VECTORS 0x60227d00

    .cfi_sections .debug_frame         /* for debuggers; the kernel itself does not unwind */
    .text
    .balign 16
    .global isr_stubs
    .type isr_stubs, @function
/* [doc:stubs] */
isr_stubs:
    .set vector, 0
    .rept 0x70
        .balign 16
        .if vector >= 32 || !((ERROR_CODE_VECTORS >> (vector & 31)) & 1)
            pushq $0                    /* all frames look alike */
        .endif
        pushq $vector
        jmp common_stub
        .set vector, vector + 1
    .endr
    .size isr_stubs, . - isr_stubs
/* [/doc:stubs] */

/* [doc:common] */
/* The processor aligned the stack to 16 bytes and pushed five registers; with
 * the stub's two and our fifteen it is aligned again at the call.
 * [sdm-3a §6.14.2 64-Bit Mode Stack Frame] */
    .type common_stub, @function
common_stub:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_def_cfa %rsp, 56
    .cfi_offset %rip, -40
    .cfi_offset %rsp, -16
/* [lab:04-stub] */
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .cfi_def_cfa %rsp, 176
    .cfi_offset %rbx, -72
    .cfi_offset %rbp, -112
    cld                                 /* C++ expects DF clear */
    movq %rsp, %rdi                     /* the TrapFrame */
    call trap_dispatch
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rbp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    addq $16, %rsp                      /* vector and error code */
    iretq
/* [/lab:04-stub] */
    .cfi_endproc
    .size common_stub, . - common_stub
/* [/doc:common] */
    .section .note.GNU-stack, "", @progbits
