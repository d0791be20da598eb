# SPDX-License-Identifier: GPL-2.0-or-later
#
# Code that is mapped only when it is fetched, as every kernel does it: the
# handler of the page fault writes the table entry and returns. No INVLPG: a
# processor never remembers that a page was not there. [sdm-3a §4.10.2.3]
#
# 0x310000 and 0x311000 show 0x2B0000 and 0x2B1000 once they have been asked for.
        .include "boot.inc"

        .set FIRST, 0x310000
        .set FAULTS, 0x6FF20

        .macro call_at address
        mov qword ptr [FAULTS], 0
        mov eax, \address
        call rax
        .endm

        .macro scenario first
        int 0x41
        call_at FIRST              # the first page is fetched
        result "(\first+0)"  
        mov rax, [FAULTS]
        result "(\first+1)"  # 1
        call_at FIRST+0xFFE        # the second page, by its first byte
        result "(\first+2)"  
        mov rax, [FAULTS]
        result "(\first+3)"  # 1
        mov r8d, 100               # again and again: the engine knows the code by now
        xor r9d, r9d
1:      int 0x41
        xor ecx, ecx
        call_at FIRST+0xFF6
        add r9, [FAULTS]
        add r9, rcx
        dec r8d
        jnz 1b
        mov r8d, 100               # and within one page
2:      int 0x41
        call_at FIRST
        add r9, [FAULTS]
        dec r8d
        jnz 2b
        mov rax, r9
        result "(\first+4)"  # 100 times two faults and four increments, and one fault
        .endm

main:   lea rax, [rip+demand]      # vector 14
        mov [0x60000+14*16], ax
        shr rax, 16
        mov [0x60000+14*16+6], ax
        lea rax, [rip+forget]      # vector 0x41, for ring 3 too
        mov [0x60000+0x41*16], ax
        mov word ptr [0x60000+0x41*16+4], 0xEE00
        shr rax, 16
        mov [0x60000+0x41*16+6], ax
        # 0x2B0000: mov eax, 0x1111; ret
        mov dword ptr [0x2B0000], 0x001111B8
        mov word ptr [0x2B0004], 0xC300
        # 0x2B0FFE: mov eax, 0x2222, over the edge of the page; ret
        mov word ptr [0x2B0FFE], 0x22B8
        mov dword ptr [0x2B1000], 0xC3000022
        # 0x2B0FF6: four inc ecx and nothing that ends the block before the next page
        mov rax, 0xC1FFC1FFC1FFC1FF
        mov [0x2B0FF6], rax
        scenario 0
        push 0x1B                  # the same in ring 3, with IOPL 3
        push 0x8C000
        push 0x3202
        push 0x23
        lea rax, [rip+in_ring_3]
        push rax
        iretq
in_ring_3:
        scenario 5
        xor eax, eax
        out 0xF4, al

        .balign 16
demand: push rax
        push rcx
        inc qword ptr [FAULTS]
        mov rax, cr2
        shr rax, 12
        and eax, 0x1FF
        lea rcx, [rax-0x110+0x2B0]
        shl rcx, 12
        or ecx, 7
        mov [PT+rax*8], rcx
        pop rcx
        pop rax
        add rsp, 8
        iretq

        .balign 16
forget: mov qword ptr [PT+0x110*8], 0
        mov qword ptr [PT+0x111*8], 0
        invlpg [FIRST]
        invlpg [FIRST+0x1000]
        iretq
