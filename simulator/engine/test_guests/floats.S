# SPDX-License-Identifier: GPL-2.0-or-later
#
# What #XM leaves: MXCSR and the destination. [sdm-1 §4.9.1, §11.5.2]
        .include "boot.inc"

        .macro unmask which
        mov dword ptr [rsp-16], 0x1F80 & ~((\which) << 7)
        ldmxcsr [rsp-16]
        .endm
        .macro mxcsr_is index
        mov dword ptr [rsp-16], 0
        stmxcsr [rsp-16]
        mov eax, [rsp-16]
        result \index
        .endm

main:   unmask 4                   # ZE
        movsd xmm0, [rip+three]
        expect_fault 1f
        divsd xmm0, [rip+zero]
1:      mxcsr_is 0
        movq rax, xmm0
        result 1
        unmask 8                   # OE
        movsd xmm0, [rip+great]
        expect_fault 1f
        mulsd xmm0, xmm0
1:      mxcsr_is 2
        unmask 1                   # IE in one place keeps the others from being computed
        movapd xmm0, [rip+great]
        expect_fault 1f
        addpd xmm0, [rip+great_and_signalling]
1:      mxcsr_is 3
        movapd xmm0, [rip+one_and_tiny]
        expect_fault 1f
        addpd xmm0, [rip+signalling_and_one]
1:      mxcsr_is 4
        unmask 32                  # PE: the result is not written, but the flags of all are there
        movsd xmm0, [rip+least]
        expect_fault 1f
        mulsd xmm0, [rip+least]
1:      mxcsr_is 5
        movq rax, xmm0
        result 6
        xor eax, eax
        ret

        .balign 16
great:  .quad 0x7FEFFFFFFFFFFFFF, 0x3FF0000000000000
great_and_signalling:
        .quad 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000005
one_and_tiny:
        .quad 0x3FF0000000000000, 1
signalling_and_one:
        .quad 0x7FF0000000000005, 0x3FF0000000000000
three:  .quad 0x4008000000000000
zero:   .quad 0
least:  .quad 0x0010000000000000
