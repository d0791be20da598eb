# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every fault we can make, one after the other. engine_faults_test.cpp knows the
# order.
        .include "boot.inc"

main:   mov ebx, 0x300000          # 4 KiB pages from here are ours to spoil
        # 1 #UD
        expect_fault 1f
        ud2
1:      # 2 #DE
        xor ecx, ecx
        xor edx, edx
        expect_fault 1f
        div ecx
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
        mov ecx, 0x1234
        expect_fault 1f
        mov ds, ecx
1:      # 14 #NP(selector)
        mov ecx, 0x40
        expect_fault 1f
        mov ds, ecx
1:      # 15 #GP: an MSR that does not exist
        mov ecx, 0x12345
        expect_fault 1f
        rdmsr
1:      # 16 #BP: a trap, RIP after it
        int3
        # 17 #GP(vector*8+2): INT n through a gate with too little privilege is
        # allowed in ring 0: vector 0x50 arrives
        int 0x50
        # 18 #GP(0): reserved bits of CR4
        mov rdx, cr4
        mov ecx, 0x80000000
        or rdx, rcx
        expect_fault 1f
        mov cr4, rdx
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
        # 24 #PF: an address above 4 GiB: all 64 bits of CR2
        mov rdx, 0xFFFF812345678000
        expect_fault 1f
        mov [rdx+0x9A], al
1:      # 25 #PF: POP from a missing page; RSP stays
        mov rbp, rsp
        lea rsp, [rbx+0x40]
        mov byte ptr [0x60000+14*16+4], 1      # the handler's own stack
        expect_fault 1f
        pop rcx
1:      # 26 #PF: CALL onto a missing stack; RIP stays
        expect_fault 1f
        call nothing
1:      # 27 #PF: RET from a missing stack
        expect_fault 1f
        ret
1:      # 28 #PF: IRETQ from a missing stack
        expect_fault 1f
        iretq
1:      # 29 #PF: read-modify-write of a missing page: it reads first
        mov rsp, rbp
        expect_fault 1f
        add dword ptr [rbx+0x10], 5
1:      # 30 #PF: stack store over two pages, the lower one missing
        lea rsp, [rbx+0x1004]
        expect_fault 1f
        push rax
1:      # 31 #PF: 16 bytes, the second half missing
        mov rsp, rbp
        expect_fault 1f
        movups [rbx-8], xmm0
1:      # 32 #PF: fetch through a null pointer, not mapped
        mov qword ptr [0x12000], 0             # 0..2 MiB by 4 KiB pages,
        mov edi, 0x1E000                       # without the first
        mov eax, 7
        mov ecx, 512
2:      mov [rdi], rax
        add rdi, 8
        add rax, 0x1000
        loop 2b
        mov qword ptr [0x1E000], 0
        mov qword ptr [0x12000], 0x1E007
        mov rax, cr3
        mov cr3, rax
        xor edx, edx
        expect_fault 1f
        jmp rdx
1:      # 33, 34 #UD: AVX and RDRAND are not promised
        expect_fault 1f
        vaddpd ymm0, ymm0, ymm1
1:      expect_fault 1f
        rdrand ecx
1:      # 35 #GP(selector with TI): LDT is null
        xor ecx, ecx
        lldt cx
        mov ecx, 0x24
        expect_fault 1f
        mov es, ecx
1:      # 36 #GP(0): a null CS in IRETQ
        push 0x10
        push rsp
        push 2
        push 0
        push 0
        expect_fault 1f
        iretq
1:      mov rsp, rbp
        # 37 #PF: MOVSQ from a missing page leaves its destination alone
        mov rsi, rbx
        mov edi, 0x6F028
        mov rax, 0x1122334455667788
        mov [rdi], rax
        expect_fault 1f
        movsq
1:      # 38 #PF: XADD reads and writes: the missing page as it was
        expect_fault 1f
        xadd [rbx+0x77], rcx
1:      # 39 #PF: CMPSQ reads over the edge first, then the same page elsewhere
        lea rdi, [rbx-4]
        lea rsi, [rbx+0x200]
        expect_fault 1f
        cmpsq
1:      xor eax, eax
nothing:
        ret
