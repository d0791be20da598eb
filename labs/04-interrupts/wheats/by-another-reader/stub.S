/* SPDX-License-Identifier: MIT */
subq $120, %rsp
movq %r15, 0(%rsp)
movq %r14, 8(%rsp)
movq %r13, 16(%rsp)
movq %r12, 24(%rsp)
movq %r11, 32(%rsp)
movq %r10, 40(%rsp)
movq %r9, 48(%rsp)
movq %r8, 56(%rsp)
movq %rbp, 64(%rsp)
movq %rdi, 72(%rsp)
movq %rsi, 80(%rsp)
movq %rdx, 88(%rsp)
movq %rcx, 96(%rsp)
movq %rbx, 104(%rsp)
movq %rax, 112(%rsp)
leaq (%rsp), %rdi
movq %rsp, %rbx                     /* a register that the call keeps */
cld
call trap_dispatch
movq %rbx, %rsp
movq 0(%rbx), %r15
movq 8(%rbx), %r14
movq 16(%rbx), %r13
movq 24(%rbx), %r12
movq 32(%rbx), %r11
movq 40(%rbx), %r10
movq 48(%rbx), %r9
movq 56(%rbx), %r8
movq 64(%rbx), %rbp
movq 72(%rbx), %rdi
movq 80(%rbx), %rsi
movq 88(%rbx), %rdx
movq 96(%rbx), %rcx
movq 112(%rbx), %rax
movq 104(%rbx), %rbx
leaq 136(%rsp), %rsp
iretq
