# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every fault we can make, one after the other. engine_faults_test.cpp knows the
# order.
        .include "boot.inc"

main:   mov ebx, 0x300000          # 4 KiB pages from here are ours to spoil
        # 1 #UD
        expect_fault 1f
        .globl at_ud2
at_ud2: ud2
1:      # 2 #DE
        expect_fault 1f
        xor ecx, ecx
        xor edx, edx
        mov eax, 1
        lea rax, [rip+1f]
at_div: div ecx
1:      # 3 #PF: not present, read, one byte at an odd address
        mov qword ptr [PT+256*8], 0            # 0x300000
        invlpg [rbx]
        expect_fault 1f
        mov al, [rbx+0x123]
1:      # 4 #PF: not present, write of 8 bytes
        expect_fault 1f
        mov [rbx+0x456], rax
1:      # 5 #PF: a write of 8 bytes that begins on the page before
        expect_fault 1f
        mov [rbx-3], rax
1:      # 6 #PF: a read of 8 bytes that begins on the page before
        expect_fault 1f
        mov rax, [rbx-5]
1:      # 7 #PF: a read of 8 bytes that ends on a good page, begins on the bad one
        expect_fault 1f
        mov rax, [rbx+0xFFD]
1:      # 8 #PF: read-only page, write (CR0.WP)
        mov qword ptr [PT+256*8], 0x300005
        expect_fault 1f
        mov byte ptr [rbx+0x789], 1
1:      # 9 #PF: no-execute
        mov rax, 0x8000000000300007
        mov [PT+256*8], rax
        invlpg [rbx]
        expect_fault 1f
        call rbx
1:      add rsp, 8                             # what CALL pushed
        # 10 #PF: reserved bit
        mov rax, 0x0000800000300007
        mov [PT+256*8], rax
        invlpg [rbx]
        expect_fault 1f
        mov al, [rbx+1]
1:      # 11 #GP(0): not canonical
        mov rax, 0x8000000000000000
        mov rcx, rax
        expect_fault 1f
        mov al, [rcx]
1:      # 12 #SS(0): not canonical, through the stack; the handler has its own (IST 1)
        mov byte ptr [0x60000+12*16+4], 1
        mov rbp, rsp
        mov rsp, 0x8000000000001000
        mov qword ptr [RESUME], offset 1f
        pop rax
1:      mov rsp, rbp
        # 13 #GP(selector): beyond the table
        expect_fault 1f
        mov ecx, 0x1234
        mov ds, ecx
1:      # 14 #NP(selector)
        expect_fault 1f
        mov ecx, 0x40
        mov ds, ecx
1:      # 15 #GP: an MSR that does not exist
        expect_fault 1f
        mov ecx, 0x12345
        rdmsr
1:      # 16 #BP: a trap, RIP after it
        int3
        # 17 #GP(vector*8+2): INT n through a gate with too little privilege is
        # allowed in ring 0: vector 0x50 arrives
        int 0x50
        # 18 #GP(0): reserved bits of CR4
        expect_fault 1f
        mov rax, cr4
        mov ecx, 0x80000000
        or rax, rcx
        mov cr4, rax
1:      # 19 #PF: a jump to address 0, not mapped there
        mov qword ptr [PT+256*8], 0
        invlpg [rbx]
        expect_fault 1f
        jmp rbx
1:      # 20 #PF in a REP MOVSB that has done 0x10 bytes
        mov esi, 0x280000
        lea rdi, [rbx-0x10]
        mov ecx, 0x100
        cld
        expect_fault 1f
        rep movsb
1:      mov [0x6F000], rcx
        mov [0x6F008], rsi
        mov [0x6F010], rdi
        # 21 #NM: x87 with CR0.TS
        mov rax, cr0
        mov rcx, rax
        or rax, 8
        mov cr0, rax
        expect_fault 1f
        fninit
1:      clts
        # 22 #PF: the instruction reaches into a page that is not there
        mov word ptr [0x2FFFFE], 0xB848        # MOV RAX, imm64, the first two bytes
        mov eax, 0x2FFFFE
        lea rcx, [rip+1f]
        mov [RESUME], rcx
        jmp rax
1:      # 23 PUSH [mem] with the memory missing: nothing is pushed
        mov [0x6F018], rsp
        expect_fault 1f
        push [rbx+0x18]
1:      mov [0x6F020], rsp
        xor eax, eax
        ret
