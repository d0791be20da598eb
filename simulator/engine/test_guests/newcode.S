# SPDX-License-Identifier: GPL-2.0-or-later
#
# New code without end: every round writes 512 KiB of different blocks and runs
# them, so that translations of many times the engine's buffer are made.
        .include "boot.inc"
main:   mov r14, [0x6D000]
        xor eax, eax
round:  mov edi, 0x280000          # ADD EAX, n; JMP next; 7 bytes a block
        mov ecx, 0x12000
1:      mov word ptr [rdi], 0xC083
        mov [rdi+2], cl
        xor [rdi+2], r14b
        mov word ptr [rdi+3], 0x00EB
        add rdi, 5
        loop 1b
        mov byte ptr [rdi], 0xC3
        mov edx, 0x280000
        call rdx
        dec r14
        jnz round
        result 0
        xor eax, eax
        ret
