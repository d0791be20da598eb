# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benchmark's work: sieve, CRC, sort, copy. R14 rounds are set by the host
# at 0x6D000; about 27 million instructions each.
        .include "boot.inc"
main:   sti
        mov r14, [0x6D000]
round:  # bytes by a table-free CRC-32
        mov esi, 0x200000
        mov ecx, 0x10000
        mov eax, -1
1:      movzx edx, byte ptr [rsi]
        xor eax, edx
        mov r8d, 8
2:      mov edx, eax
        shr eax, 1
        and edx, 1
        neg edx
        and edx, 0xEDB88320
        xor eax, edx
        dec r8d
        jnz 2b
        inc rsi
        dec ecx
        jnz 1b
        # a sieve
        mov edi, 0x200000
        mov ecx, 0x8000
        xor eax, eax
        rep stosq
        mov ebx, 2
3:      mov eax, ebx
        imul eax, eax
        cmp eax, 0x40000
        jae 5f
4:      mov byte ptr [0x200000+rax], 1
        add eax, ebx
        cmp eax, 0x40000
        jb 4b
5:      inc ebx
        cmp ebx, 512
        jb 3b
        # an insertion sort of 1500 numbers
        mov ecx, 1500
        mov eax, 12345
6:      imul eax, eax, 1103515245
        add eax, 12345
        mov [0x300000+rcx*4], eax
        dec ecx
        jnz 6b
        mov ecx, 2
7:      mov eax, [0x300000+rcx*4]
        mov edx, ecx
8:      mov ebx, [0x300000+rdx*4-4]
        cmp ebx, eax
        jbe 9f
        mov [0x300000+rdx*4], ebx
        dec edx
        cmp edx, 1
        ja 8b
9:      mov [0x300000+rdx*4], eax
        inc ecx
        cmp ecx, 1500
        jbe 7b
        # calls through a table
        mov ecx, 100000
10:     mov eax, ecx
        and eax, 3
        lea rdx, [rip+functions]
        call [rdx+rax*8]
        dec ecx
        jnz 10b
        dec r14
        jnz round
        xor eax, eax
        ret
        .balign 8
functions:
        .quad f0, f1, f2, f3
f0:     add r9, rcx
        ret
f1:     xor r9, rcx
        ret
f2:     rol r9, 3
        ret
f3:     push rcx
        pop rdx
        sub r9, rdx
        ret
