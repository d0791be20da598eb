/* SPDX-License-Identifier: MIT */
    movq $first_stack_end, %rax
    leaq -32(%rax), %rsp                /* a little room, still aligned */
    xchgl %esi, %edi
    movl %ebp, %esi
    movq $0, %rbp
    movq $kernel_main, %rax
    call *%rax
