# SPDX-License-Identifier: GPL-2.0-or-later
#
# Flags of SSE and x87 that come up once and are looked at much later.
        .include "boot.inc"

main:   fninit
        mov dword ptr [rsp-8], 0x1F80
        ldmxcsr [rsp-8]
        movsd xmm0, [rip+one]
        divsd xmm0, [rip+three]    # PE
        fld1
        fldz
        fdivp                      # ZE
        mov ecx, 10000
1:      dec ecx
        jnz 1b
        stmxcsr [rsp-8]
        mov eax, [rsp-8]
        result 0
        fnstsw ax
        movzx eax, ax
        result 1
        xor eax, eax
        ret

        .balign 8
one:    .quad 0x3FF0000000000000
three:  .quad 0x4008000000000000
