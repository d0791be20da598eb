# SPDX-License-Identifier: GPL-2.0-or-later
#
# An exception of x87 with CR0.NE clear: no #MF, but FERR#, and what the board
# makes of that: here interrupt 45h. [sdm-1 §8.7.2] Its handler sets CR0.NE first, if
# the test wants that.
        .include "boot.inc"

main:   lea rax, [rip+handler]
        mov [0x60000+0x45*16], ax
        shr rax, 16
        mov [0x60000+0x45*16+6], ax
        mov rax, cr0
        and eax, ~0x20
        mov cr0, rax
        fninit
        mov word ptr [0x280000], 0x37B
        fldcw [0x280000]
        sti
        fld1
        fldz
        fdivp
        mov ecx, 3
1:      dec ecx
        jnz 1b
        lea rax, [rip+waits]
        result 2
waits:  fld1
        mov eax, 1
        result 3
        xor eax, eax
        ret

handler:
        push rax
        mov rax, [rsp+8]
        result 1
        inc qword ptr [RESULTS]
        cmp qword ptr [RESULTS+8*20], 0
        je 1f
        mov rax, cr0
        or eax, 0x20
        mov cr0, rax
1:      fnstsw ax
        movzx eax, ax
        result 4
        fnclex
        pop rax
        iretq
