/* SPDX-License-Identifier: MIT */
leaq first_stack_end(%rip), %rsp
xchgl %esi, %ebp
movl %ebp, %edi
xorl %ebp, %ebp
callq kernel_main
