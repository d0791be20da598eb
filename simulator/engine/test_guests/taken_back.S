# SPDX-License-Identifier: GPL-2.0-or-later
#
# #AC comes instead of its instruction: nothing of that has happened. Ring 3, with
# alignment checks on. Each word of results is what memory or a register holds
# after the fault.
        .include "boot.inc"
        .set DATA, 0x280000

        .macro user_fault label
        lea rax, [rip+\label]
        mov [RESUME], rax
        lea rax, [rip+7f]
        mov [EXPECTED], rax
7:
        .endm

main:   mov [RESULTS+0xF00], rsp
        mov byte ptr [0x60000+0x51*16+5], 0xEE
        lea rax, [rip+done]
        mov [0x60000+0x51*16], ax
        mov rax, cr0
        or rax, 0x40000
        mov cr0, rax
        mov edi, DATA
        mov rax, 0x1122334455667788
        mov ecx, 0x2000/8
        rep stosq
        push 0x1B
        push 0x8C000
        push 0x40202
        push 0x23
        lea rax, [rip+user]
        push rax
        iretq
user:   mov ebx, DATA
        user_fault 1f              # 1: 108 bytes, across pages
        fnsave [rbx+0xFD2]
1:      mov rax, [rbx+0xFD0]
        result 0
        mov rax, [rbx+0x1000]
        result 1
        mov rax, [rbx+0x1038]
        result 2
        mov ecx, 0x55
        user_fault 1f              # 2
        xchg [rbx+0xFFE], ecx
1:      mov rax, rcx
        result 3
        mov rax, [rbx+0xFF8]
        result 4
        mov rbp, rsp
        lea rsp, [rbx+0x804]
        user_fault 1f              # 3
        call 1f
1:      mov rax, rsp
        mov rsp, rbp
        sub rax, rbx
        result 5
        mov rax, [rbx+0x7F8]
        result 6
        mov esi, DATA+0x100
        mov edi, DATA+0x201
        mov ecx, 4
        user_fault 1f              # 4
        rep movsd
1:      mov rax, rcx
        result 7
        mov rax, rsi
        sub rax, rbx
        result 8
        mov ebx, 0xFE000000        # a device hears nothing of it
        user_fault 1f              # 5
        mov [rbx+2], eax
1:      mov ebx, DATA
        mov rdi, rbx
        mov eax, 7
        user_fault 1f              # 6: into this very code
        mov [rip+1f+1], rax
        nop
        .balign 8
1:      mov eax, 0x1234
        result 9
        int 0x51
done:   mov rsp, [RESULTS+0xF00]
        xor eax, eax
        ret
