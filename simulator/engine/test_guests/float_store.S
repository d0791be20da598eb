# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stores of x87 to a device, whose exceptions are not masked: there is no store. Then
# two that happen. [sdm-1 §8.5.1.1, §8.5.4]
        .include "boot.inc"

        .macro unmasked which, value, store:vararg
        fninit
        mov word ptr [rsp-8], 0x37F & ~(\which)
        fldcw [rsp-8]
        fld qword ptr [rip+\value]
        \store
        expect_fault 1f
        fwait
1:      fnclex
        .endm

main:   mov rax, cr0
        or eax, 0x20               # NE
        mov cr0, rax
        mov ebx, 0xFE000000
        unmasked 1, great, fistp dword ptr [rbx]
        unmasked 1, great, fistp qword ptr [rbx+8]
        unmasked 1, great, fbstp [rbx+0x10]
        unmasked 8, great, fst dword ptr [rbx+0x20]
        unmasked 16, least, fstp dword ptr [rbx+0x28]
        fninit
        fld1
        fst dword ptr [rbx+0x40]
        mov word ptr [rsp-8], 0x360    # nothing is masked but PE
        fldcw [rsp-8]
        fistp word ptr [rbx+0x48]
        fwait
        xor eax, eax
        ret

        .balign 8
great:  .quad 0x7FEFFFFFFFFFFFFF
least:  .quad 0x0010000000000000
