# SPDX-License-Identifier: GPL-2.0-or-later
#
# RCL and RCR of memory that cannot be written at once: on a page that is read-only until
# the fault is handled, and on the page of the code itself. The carry is both read and
# written by them.
        .include "boot.inc"

        .macro refused number, carry, instruction:vararg
        mov qword ptr [PT+256*8], 0x300005
        invlpg [rbx]
        expect_fault 1f
        \carry
        \instruction
1:
        .endm

main:   mov ebx, 0x300000
        mov dword ptr [rbx], 0x6
        mov ecx, 1
        refused 0, stc, rcr dword ptr [rbx], 1      # would shift 0 out: CF = 0
        refused 1, stc, rcl dword ptr [rbx], cl
        mov qword ptr [PT+256*8], 0x300007
        invlpg [rbx]
        mov dword ptr [rbx], 0xF0000001
        mov qword ptr [PT+256*8], 0x300005
        invlpg [rbx]
        refused 2, clc, rcr dword ptr [rbx], 1      # would shift 1 out: CF = 1
        refused 3, clc, rcl byte ptr [rbx+3], 2

        jmp own
        .balign 4096
own:    stc
        rcr dword ptr [rip+here], 1
        mov eax, [rip+here]
        result 0                   # 0x80000003
        clc
        rcl dword ptr [rip+here], 1
        setc cl
        mov eax, [rip+here]
        result 1                   # 6, and CF
        movzx eax, cl
        result 2
        stc
        mov cl, 9
        rcl byte ptr [rip+here], cl        # nine bits round: as before
        setc cl
        mov eax, [rip+here]
        result 3
        movzx eax, cl
        result 4
        xor eax, eax
        ret
here:   .long 6
