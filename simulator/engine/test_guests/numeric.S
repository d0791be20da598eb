# SPDX-License-Identifier: GPL-2.0-or-later
#
# Exceptions of x87, at the next instruction that waits, and of SSE. See causes.inc.
# [sdm-1 §8.6, §8.7, §11.5]
        .include "boot.inc"
        .include "causes.inc"
        .set IE, 1
        .set DE, 2
        .set ZE, 4
        .set OE, 8
        .set UE, 16
        .set PE, 32
        .set SUMMARY, 0x8080       # ES and B
        .set SMALL, 0x300          # numbers, from RBX: 1, 3, 0, -1, the greatest, the least, denormal, NaN
        .set ONE, SMALL
        .set THREE, SMALL+8
        .set ZERO, SMALL+16
        .set MINUS, SMALL+24
        .set GREAT, SMALL+32
        .set LEAST, SMALL+40
        .set TINY, SMALL+48
        .set QUIET, SMALL+56
        .set SIGNALLING, SMALL+64
        .set HALF, SMALL+72
        .set TIGHT, SMALL+80       # a single one: denormal

        .macro number at, high, low=0
        mov dword ptr [rbx+\at], \low
        mov dword ptr [rbx+\at+4], \high
        .endm
        .macro numbers
        number ONE, 0x3FF00000
        number THREE, 0x40080000
        number ZERO, 0
        number MINUS, 0xBFF00000
        number GREAT, 0x7FEFFFFF, 0xFFFFFFFF
        number LEAST, 0x00100000
        number TINY, 0, 1
        number QUIET, 0x7FF80000, 5
        number SIGNALLING, 0x7FF00000, 5
        number HALF, 0x3FE00000
        number TIGHT, 0, 1
        .endm
        .macro unmask_x87 which
        mov word ptr [rbx+0x80], 0x37F & ~(\which)
        fldcw [rbx+0x80]
        .endm
        .macro unmask_sse which
        mov dword ptr [rbx+0x80], 0x1F80 & ~((\which) << 7)
        ldmxcsr [rbx+0x80]
        .endm
        .macro equals value        # of EAX
        cmp eax, \value
        je 95f
        ud2
95:
        .endm

# --- 1/0 is pending; who waits ---
        .macro waits name, vector, code:vararg
        cause "1/0, then \name", \vector
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        mov eax, 1
        at
        \code
        none
        .endm
        waits "FLD1", 16, fld1
        waits "FLD m64", 16, fld qword ptr [rbx+ONE]
        waits "FADD", 16, fadd st, st
        waits "FSTP m80", 16, fstp tbyte ptr [rbx]
        waits "FXCH", 16, fxch
        waits "FNOP", 16, fnop
        waits "FCOMI", 16, fcomi st, st
        waits "FWAIT", 16, fwait
        waits "FLDCW", 16, fldcw [rbx]
        waits "FLDENV", 16, fldenv [rbx]
        waits "FRSTOR", 16, frstor [rbx]
        waits "FINCSTP", 16, fincstp
        waits "MOVQ of MMX", 16, movq mm0, [rbx]
        waits "PADDB of MMX", 16, paddb mm0, mm1
        waits "PSHUFB of MMX", 16, pshufb mm0, mm1
        waits "MOVQ2DQ", 16, movq2dq xmm0, mm0
        waits "CVTPI2PS", 16, cvtpi2ps xmm0, mm0
        waits "EMMS", 16, emms
        waits "FNSTSW AX", NONE, fnstsw ax
        waits "FNSTSW m16", NONE, fnstsw [rbx]
        waits "FNSTCW", NONE, fnstcw [rbx]
        waits "FNSTENV", NONE, fnstenv [rbx]
        waits "FNSAVE", NONE, fnsave [rbx]
        waits "FNCLEX", NONE, fnclex
        waits "FNINIT", NONE, fninit
        waits "FXSAVE", NONE, fxsave [rbx]
        waits "PADDB of SSE", NONE, paddb xmm0, xmm1
        waits "CVTSI2SD", NONE, cvtsi2sd xmm0, eax
        waits "CVTTSD2SI", NONE, cvttsd2si eax, xmm0
        waits "STMXCSR", NONE, stmxcsr [rbx]
        cause "FNCLEX forgets it", NONE
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        fnclex
        at
        fld1
        none
        cause "FNSTENV masks it", NONE
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        fnstenv [rbx]
        at
        fld1
        fnstcw [rbx]
        movzx eax, word ptr [rbx]
        equals 0x37F
        none
        cause "FLDENV brings it back", 16
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        fnstenv [rbx]
        fldenv [rbx]
        at
        fld1
        cause "FXRSTOR brings it back", 16
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        fxsave [rbx+0x1000]
        fninit
        fxrstor [rbx+0x1000]
        at
        fld1
        cause "FRSTOR brings it back", 16
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        fnsave [rbx+0x1000]
        frstor [rbx+0x1000]
        at
        fld1
        cause "FLDCW unmasks it", 16
        numbers
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        fld1
        unmask_x87 ZE
        nop
        at
        fld1
        cause "FLDCW masks what was never met", NONE
        unmask_x87 ZE
        unmask_x87 0
        at
        fld1
        none
        cause "CR0.TS: #NM comes first", 7
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        put_cr0 8
        at
        fld1
        cause "CR0.EM: #NM comes first", 7
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        put_cr0 4
        at
        fld1
        cause "CR0.EM: #UD comes first for MMX", 6
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        put_cr0 4
        at
        paddb mm0, mm1
        cause "CR0.EM: FWAIT waits all the same", 16
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        put_cr0 4
        at
        fwait
        cause "in ring 3", 16
        numbers
        in_ring_3
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
        fdiv qword ptr [rbx+ZERO]
        at
        fld1

# --- what makes one pending, and what is left ---
        .macro unmasked name, which, status, code:vararg
        cause "\name", 16
        numbers
        unmask_x87 \which
        mov qword ptr [rbx], 0x1234
        \code
        mov ecx, [rbx]
        fnstsw ax
        and eax, 0x80BF
        equals \status
        cmp ecx, 0x1234            # nothing was stored
        je 1f
        ud2
1:      at
        fwait
        none
        .endm
        .macro two from, code:vararg
        fld qword ptr [rbx+\from]
        \code
        .endm
        unmasked "FDIV 1/0", ZE, SUMMARY|ZE, two ONE, fdiv qword ptr [rbx+ZERO]
        unmasked "FDIV 0/0", IE, SUMMARY|IE, two ZERO, fdiv qword ptr [rbx+ZERO]
        unmasked "FDIV 1/3", PE, SUMMARY|PE, two ONE, fdiv qword ptr [rbx+THREE]
        unmasked "FSQRT -1", IE, SUMMARY|IE, two MINUS, fsqrt
        unmasked "FST m32, too great", OE, SUMMARY|OE, two GREAT, fst dword ptr [rbx]
        unmasked "FSTP m32, too small", UE, SUMMARY|UE, two LEAST, fstp dword ptr [rbx]
        unmasked "FISTP m16, too great", IE, SUMMARY|IE, two GREAT, fistp word ptr [rbx]
        unmasked "FISTTP m64, too great", IE, SUMMARY|IE, two GREAT, fisttp qword ptr [rbx]
        unmasked "FBSTP, too great", IE, SUMMARY|IE, two GREAT, fbstp tbyte ptr [rbx]
        unmasked "FLD, signalling NaN", IE, SUMMARY|IE, fld qword ptr [rbx+SIGNALLING]
        unmasked "FCOM, NaN", IE, SUMMARY|IE, two QUIET, fcom qword ptr [rbx+ONE]
        unmasked "FRNDINT", PE, SUMMARY|PE, two HALF, frndint
        unmasked "two kinds, one unmasked", OE, SUMMARY|OE, two GREAT, fst dword ptr [rbx]
        cause "FDIV 1/0: the operand stays", NONE
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+THREE]
        fdiv qword ptr [rbx+ZERO]
        fnclex
        fistp dword ptr [rbx]
        mov eax, [rbx]
        equals 3
        at
        none
        cause "FISTP, invalid: nothing is popped", NONE
        numbers
        unmask_x87 IE
        fld qword ptr [rbx+GREAT]
        fistp word ptr [rbx]
        fnstsw ax
        shr eax, 11
        and eax, 7
        equals 7
        at
        none
        cause "where it was", NONE
        numbers
        unmask_x87 ZE
        fld qword ptr [rbx+ONE]
1:      fdiv qword ptr [rbx+ZERO]
        fnstenv [rbx]
        lea rax, [rip+1b]
        sub eax, [rbx+12]
        equals 0
        lea rax, [rbx+ZERO]
        sub eax, [rbx+20]
        equals 0
        at
        none
        .macro masked name, status, code:vararg
        cause "masked: \name", NONE
        numbers
        \code
        fnstsw ax
        and eax, 0x80BF
        equals \status
        fnstenv [rbx]
        mov eax, [rbx+4]
        and eax, 0x80BF
        equals \status
        fxsave [rbx+0x1000]
        movzx eax, word ptr [rbx+0x1002]
        and eax, 0x80BF
        equals \status
        fnclex
        fnstsw ax
        and eax, 0x80BF
        equals 0
        at
        none
        .endm
        masked "FDIV 1/3", PE, two ONE, fdiv qword ptr [rbx+THREE]
        masked "FDIV 1/0", ZE, two ONE, fdiv qword ptr [rbx+ZERO]
        masked "FSQRT -1", IE, two MINUS, fsqrt
        masked "FST m32, too great", OE|PE, two GREAT, fst dword ptr [rbx]
        masked "FST m32, too small", UE|PE, two LEAST, fst dword ptr [rbx]
        masked "FLD1", 0, fld1

# --- SSE ---
        .macro simd name, vector, which, from, code:vararg
        cause "\name", \vector
        numbers
        unmask_sse \which
        movsd xmm0, [rbx+\from]
        nop
        at
        \code
        none
        .endm
        simd "DIVSD 1/0", 19, ZE, ONE, divsd xmm0, [rbx+ZERO]
        simd "DIVSD 1/0, masked", NONE, IE|DE|OE|UE|PE, ONE, divsd xmm0, [rbx+ZERO]
        simd "DIVSD 0/0", 19, IE, ZERO, divsd xmm0, [rbx+ZERO]
        simd "DIVSD 0/0: no ZE", NONE, ZE, ZERO, divsd xmm0, [rbx+ZERO]
        simd "DIVSD 1/3", 19, PE, ONE, divsd xmm0, [rbx+THREE]
        simd "DIVSD 3/1", NONE, IE|DE|ZE|OE|UE|PE, THREE, divsd xmm0, [rbx+ONE]
        simd "MULSD, too great", 19, OE, GREAT, mulsd xmm0, xmm0
        simd "MULSD, too great: PE", 19, PE, GREAT, mulsd xmm0, xmm0
        simd "MULSD, too small", 19, UE, LEAST, mulsd xmm0, xmm0
        simd "MULSD, tiny and exact", 19, UE, LEAST, mulsd xmm0, [rbx+HALF]
        simd "MULSD, tiny and exact: no PE", NONE, PE, LEAST, mulsd xmm0, [rbx+HALF]
        simd "ADDSD, denormal", 19, DE, TINY, addsd xmm0, [rbx+ONE]
        simd "ADDSD, denormal in memory", 19, DE, ONE, addsd xmm0, [rbx+TINY]
        simd "ADDSD, denormal, masked", NONE, IE|ZE|OE|UE, TINY, addsd xmm0, [rbx+ONE]
        simd "ADDSD, denormal and NaN", NONE, DE, TINY, addsd xmm0, [rbx+QUIET]
        simd "DIVSD, denormal by zero: ZE first", 19, ZE, TINY, divsd xmm0, [rbx+ZERO]
        simd "DIVSD, denormal by zero: no DE", NONE, DE, TINY, divsd xmm0, [rbx+ZERO]
        simd "SQRTSD -1", 19, IE, ONE, sqrtsd xmm0, [rbx+MINUS]
        simd "SQRTSD of a denormal", 19, DE, ONE, sqrtsd xmm0, [rbx+TINY]
        simd "ADDSD, signalling NaN", 19, IE, ONE, addsd xmm0, [rbx+SIGNALLING]
        simd "ADDSD, quiet NaN", NONE, IE, ONE, addsd xmm0, [rbx+QUIET]
        simd "MINSD, quiet NaN", 19, IE, ONE, minsd xmm0, [rbx+QUIET]
        simd "COMISD, quiet NaN", 19, IE, ONE, comisd xmm0, [rbx+QUIET]
        simd "UCOMISD, quiet NaN", NONE, IE, ONE, ucomisd xmm0, [rbx+QUIET]
        simd "UCOMISD, signalling NaN", 19, IE, ONE, ucomisd xmm0, [rbx+SIGNALLING]
        simd "CMPLTSD, quiet NaN", 19, IE, ONE, cmpltsd xmm0, [rbx+QUIET]
        simd "CMPEQSD, quiet NaN", NONE, IE, ONE, cmpeqsd xmm0, [rbx+QUIET]
        simd "CVTTSD2SI, too great", 19, IE, GREAT, cvttsd2si eax, xmm0
        simd "CVTSD2SI, not whole", 19, PE, HALF, cvtsd2si eax, xmm0
        simd "CVTSD2SI, denormal: PE only", NONE, DE, TINY, cvtsd2si eax, xmm0
        simd "CVTSD2SS, too great", 19, OE, GREAT, cvtsd2ss xmm0, xmm0
        simd "CVTSS2SD, denormal", 19, DE, ONE, cvtss2sd xmm0, [rbx+TIGHT]
        simd "CVTDQ2PS", NONE, IE|PE, ONE, cvtdq2ps xmm1, [rbx]
        simd "ROUNDSD, PE", 19, PE, HALF, roundsd xmm0, xmm0, 0
        simd "ROUNDSD, without PE", NONE, PE, HALF, roundsd xmm0, xmm0, 8
        simd "ROUNDSD, signalling NaN, without PE", 19, IE, ONE, roundsd xmm0, [rbx+SIGNALLING], 8
        simd "RCPPS of zero", NONE, IE|DE|ZE|OE|UE|PE, ZERO, rcpps xmm0, xmm0
        simd "RSQRTSS of -1", NONE, IE|DE|ZE|OE|UE|PE, ZERO, rsqrtss xmm0, [rbx+MINUS+4]
        simd "MOVSD of a NaN", NONE, IE|DE|ZE|OE|UE|PE, SIGNALLING, movsd [rbx], xmm0
        simd "XORPD of denormals", NONE, IE|DE|ZE|OE|UE|PE, TINY, xorpd xmm0, xmm0
        cause "DIVPD, the second one", 19
        numbers
        unmask_sse ZE
        movupd xmm0, [rbx+ONE]
        movupd xmm1, [rbx+THREE]
        at
        divpd xmm0, xmm1
        cause "DIVPD in ring 3", 19
        numbers
        in_ring_3
        unmask_sse ZE
        movupd xmm0, [rbx+ONE]
        movupd xmm1, [rbx+THREE]
        at
        divpd xmm0, xmm1
        cause "without CR4.OSXMMEXCPT: #UD", 6
        numbers
        put_cr4 0, 0x400
        unmask_sse ZE
        movsd xmm0, [rbx+ONE]
        at
        divsd xmm0, [rbx+ZERO]
        cause "CR0.TS: #NM comes first", 7
        numbers
        unmask_sse ZE
        movsd xmm0, [rbx+ONE]
        put_cr0 8
        at
        divsd xmm0, [rbx+ZERO]
        cause "a missing page comes first", 14
        numbers
        unmask_sse ZE
        mov qword ptr [PT+0x82*8], 0
        invlpg [0x282000]
        movsd xmm0, [rbx+ONE]
        at
        divsd xmm0, [rbx+0x2000]
        cause "not on 16 bytes: #GP comes first", 13
        numbers
        unmask_sse ZE
        movsd xmm0, [rbx+ONE]
        at
        divpd xmm0, [rbx+ONE+8]
        cause "FXRSTOR unmasks", 19
        numbers
        movsd xmm0, [rbx+ONE]
        fxsave [rbx+0x1000]
        mov dword ptr [rbx+0x1018], 0x1F80 & ~(ZE << 7)
        fxrstor [rbx+0x1000]
        at
        divsd xmm0, [rbx+ZERO]
        .macro collects name, flags, code:vararg
        cause "MXCSR: \name", NONE
        numbers
        movsd xmm0, [rbx+ONE]
        \code
        stmxcsr [rbx]
        mov eax, [rbx]
        equals 0x1F80|(\flags)
        fxsave [rbx+0x1000]
        mov eax, [rbx+0x1018]
        equals 0x1F80|(\flags)
        unmask_sse 0
        stmxcsr [rbx]
        mov eax, [rbx]
        equals 0x1F80
        fxrstor [rbx+0x1000]
        stmxcsr [rbx]
        mov eax, [rbx]
        equals 0x1F80|(\flags)
        at
        none
        .endm
        .macro mulsd_of number
        movsd xmm0, [rbx+\number]
        mulsd xmm0, xmm0
        .endm
        .macro roundsd_of_half
        movsd xmm0, [rbx+HALF]
        roundsd xmm0, xmm0, 8
        .endm
        .macro cvtsd2si_of_half
        movsd xmm0, [rbx+HALF]
        cvtsd2si eax, xmm0
        .endm
        collects "nothing", 0, nop
        collects "DIVSD 1/3", PE, divsd xmm0, [rbx+THREE]
        collects "DIVSD 1/0", ZE, divsd xmm0, [rbx+ZERO]
        collects "SQRTSD -1", IE, sqrtsd xmm0, [rbx+MINUS]
        collects "MULSD, too great", OE|PE, mulsd_of GREAT
        collects "MULSD, too small", UE|PE, mulsd_of LEAST
        collects "RCPSS", 0, rcpss xmm0, xmm0
        collects "ROUNDSD without PE", 0, roundsd_of_half
        collects "CVTSD2SI", PE, cvtsd2si_of_half
        cause "MXCSR: one after the other", NONE
        numbers
        movsd xmm0, [rbx+ONE]
        divsd xmm0, [rbx+THREE]
        mov ecx, 3
1:      dec ecx
        jnz 1b
        movsd xmm0, [rbx+ONE]
        divsd xmm0, [rbx+ZERO]
        stmxcsr [rbx]
        mov eax, [rbx]
        equals 0x1F80|PE|ZE
        at
        none
        cause "MXCSR with one unmasked: the others are collected", NONE
        numbers
        unmask_sse ZE
        movsd xmm0, [rbx+ONE]
        divsd xmm0, [rbx+THREE]
        addsd xmm0, [rbx+TINY]
        stmxcsr [rbx]
        mov eax, [rbx]
        equals (0x1F80 & ~(ZE << 7))|PE|DE
        at
        none

        .text 1
        .quad 0
        .text 0
