/* SPDX-License-Identifier: MIT */
subq $(15 * 8), %rsp
cld
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
movq %rsp, %rdi
call trap_dispatch
movq 0(%rsp), %r15
movq 8(%rsp), %r14
movq 16(%rsp), %r13
movq 24(%rsp), %r12
movq 32(%rsp), %r11
movq 40(%rsp), %r10
movq 48(%rsp), %r9
movq 56(%rsp), %r8
movq 64(%rsp), %rbp
movq 72(%rsp), %rdi
movq 80(%rsp), %rsi
movq 88(%rsp), %rdx
movq 96(%rsp), %rcx
movq 104(%rsp), %rbx
movq 112(%rsp), %rax
addq $(17 * 8), %rsp
iretq
