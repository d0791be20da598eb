/* SPDX-License-Identifier: MIT */
movq $first_stack_end, %rsp
movl %esi, %edi
movl %ebp, %esi
xorl %ebp, %ebp
call kernel_main
