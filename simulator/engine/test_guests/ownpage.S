# SPDX-License-Identifier: GPL-2.0-or-later
#
# Instructions that write to the page that they are in, and touch another page
# after that.
        .include "boot.inc"

main:   mov r12, rsp
        mov r13, 0x1122334455667788
        call own
        mov rsp, r12
        xor eax, eax
        ret

        .balign 4096
own:    # The display of ENTER: the caller's frame is elsewhere.
        pop r14
        mov qword ptr [0x284010], 0x1234
        mov ebp, 0x284018
        lea rsp, [rip+own_stack]
        enter 16, 2
        lea rax, [rip+own_stack]
        sub rax, rsp
        result 0                   # 40
        lea rax, [rip+own_stack]
        sub rax, rbp
        result 1                   # 8
        mov rax, [rip+own_stack-8]
        result 2                   # 0x284018
        mov rax, [rip+own_stack-16]
        result 3                   # 0x1234
        mov rax, [rip+own_stack-24]
        sub rax, rbp
        result 4                   # 0
        # Stores that lie on this page and on the next.
        mov [rip+after-3], r13
        mov rax, [rip+after-3]
        result 5
        movdqu xmm0, [rip+pattern]
        movdqu [rip+after-9], xmm0
        mov rax, [rip+after-9]
        result 6
        mov rax, [rip+after-1]
        result 7
        lea rdi, [rip+after-16]    # by bytes, until the page ends and behind
        lea rsi, [rip+pattern]
        mov ecx, 24
        rep movsb
        mov rax, [rip+after]
        result 8
        fxsave [rip+after-256]     # 512 bytes
        mov eax, [rip+after-256+24]
        result 9                   # MXCSR
        # It begins before the instruction and ends in it, off its boundary: the engine stores
        # it byte by byte.
        jmp 1f
        .balign 4
        .byte 0x90, 0x90, 0x00, 0xFF
1:      rol dword ptr [rip+1b-2], 14
        mov eax, [rip+1b-2]
        result 10
        jmp r14

        .balign 16
pattern:
        .quad 0x0102030405060708, 0x1112131415161718, 0x2122232425262728
        .balign 64
        .fill 256, 1, 0
own_stack:
        .balign 4096
after:  .fill 4096, 1, 0           # data
