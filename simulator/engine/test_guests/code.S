# SPDX-License-Identifier: GPL-2.0-or-later
#
# Code that changes: by itself, through another address, by a device, under the
# same address in another address space; and code at address 0.
        .include "boot.inc"
        .set DEVICE, 0xFE000000

        .macro function at, value  # MOV EAX, value; RET
        mov byte ptr [\at], 0xB8
        mov dword ptr [\at+1], \value
        mov byte ptr [\at+5], 0xC3
        .endm

main:   mov ebx, 0x284000
        function rbx, 1
        call rbx
        result 0                   # 1
        mov dword ptr [rbx+1], 2
        call rbx
        result 1                   # 2
        # through an alias
        mov qword ptr [PT+0x110*8], 0x284007   # 0x310000
        invlpg [0x310000]
        mov dword ptr [0x310001], 3
        call rbx
        result 2                   # 3
        mov dword ptr [0x310001], 4            # the alias was writable already
        call rbx
        result 3                   # 4
        mov ecx, 0x310000
        call rcx                   # run the alias, write the original, run both
        mov dword ptr [rbx+1], 5
        mov ecx, 0x310000
        call rcx
        result 4                   # 5
        call rbx
        result 5                   # 5
        # by a device: writing N to it puts N there (the board does)
        mov edx, DEVICE
        mov dword ptr [rdx+0x40], 6
        call rbx
        result 6                   # 6
        mov edx, DEVICE
        mov dword ptr [rdx+0x40], 7
        call rbx
        result 7                   # 7
        # the instructions that come next, in the same block
        mov dword ptr [rip+1f+1], 8
1:      mov eax, 0x11111111
        result 8                   # 8
        lea rdi, [rip+2f+1]
        mov eax, 9
        stosd
2:      mov ecx, 0x22222222
        mov eax, ecx
        result 9                   # 9
        # REP STOSB over what follows it
        lea rdi, [rip+3f]
        mov ecx, 4
        mov al, 0x90
        rep stosb
3:      ud2
        ud2
        mov eax, 10
        result 10                  # 10
        # a loop that counts itself up
        mov ecx, 20
        xor eax, eax
4:      add eax, 1
        inc byte ptr [rip+4b+2]
        loop 4b
        result 11                  # 210
        # the same address in two address spaces
        mov edi, 0x13000           # a second set of tables
        mov esi, 0x10000
        mov ecx, 0x3000/8
        rep movsq
        mov esi, PT
        mov edi, 0x17000
        mov ecx, 512
        rep movsq
        mov qword ptr [0x13000], 0x14007
        mov qword ptr [0x14000], 0x15007
        mov qword ptr [0x15008], 0x17007
        mov qword ptr [0x17000+0x84*8], 0x285007
        mov ebp, 0x285000
        function rbp, 0x200
        function rbx, 0x100
        mov edx, 0x10000
        mov esi, 0x13000
        xor r8d, r8d
        mov ecx, 10
5:      mov cr3, rdx
        call rbx
        add r8, rax
        mov cr3, rsi
        call rbx
        add r8, rax
        loop 5b
        mov cr3, rdx
        mov rax, r8
        result 12                  # 0x1E00
        # address 0
        xor edi, edi
        function rdi, 0x300
        xor ecx, ecx
        call rcx
        result 13                  # 0x300
        # 0x1000 times new code at one place
        mov ecx, 0x1000
        xor r8d, r8d
6:      mov [rbx+1], ecx
        call rbx
        add r8, rax
        loop 6b
        mov rax, r8
        result 14                  # sum of 1..0x1000
        xor eax, eax
        ret
