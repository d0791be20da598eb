# SPDX-License-Identifier: GPL-2.0-or-later
#
# Causes of exceptions, and what comes close. See causes.inc.
        .include "boot.inc"
        .include "causes.inc"

# --- LOCK: only before some, with a destination in memory [sdm-2 LOCK] ---
        .macro locked name, vector, bytes:vararg
        cause "LOCK \name", \vector
        at
        .byte 0xF0, \bytes
        none
        .endm
        locked "MOV [m], r", 6, 0x89, 0x03
        locked "MOV r, r", 6, 0x89, 0xC0
        locked "ADD r, [m]", 6, 0x03, 0x03
        locked "ADD r, r", 6, 0x01, 0xC0
        locked "CMP [m], r", 6, 0x39, 0x03
        locked "CMP [m], imm", 6, 0x83, 0x3B, 0x01
        locked "NOP", 6, 0x90
        locked "BT [m], r", 6, 0x0F, 0xA3, 0x03
        locked "BT [m], imm", 6, 0x0F, 0xBA, 0x23, 0x05
        locked "TEST [m], imm", 6, 0xF6, 0x03, 0x01
        locked "PUSH [m]", 6, 0xFF, 0x33
        locked "MOV r, CR0", 6, 0x0F, 0x20, 0xC0
        locked "CPUID", 6, 0x0F, 0xA2
        locked "CLI", 6, 0xFA
        locked "INC r", 6, 0xFF, 0xC0
        locked "XCHG r, r", 6, 0x87, 0xC0
        locked "MOVSB", 6, 0xA4
        locked "ADDPS", 6, 0x0F, 0x58, 0xC0
        locked "ADD [m], r", NONE, 0x01, 0x03
        locked "ADD [m], r with REX", NONE, 0x48, 0x01, 0x03
        locked "XOR [m], imm", NONE, 0x80, 0x33, 0x01
        locked "XCHG [m], r", NONE, 0x87, 0x03
        locked "NEG [m]", NONE, 0xF7, 0x1B
        locked "NOT [m]", NONE, 0xF7, 0x13
        locked "INC [m]", NONE, 0xFF, 0x03
        locked "DEC [m]", NONE, 0xFE, 0x0B
        locked "BTS [m], r", NONE, 0x0F, 0xAB, 0x33
        locked "BTC [m], imm", NONE, 0x0F, 0xBA, 0x3B, 0x05
        locked "CMPXCHG [m], r", NONE, 0x0F, 0xB1, 0x03
        locked "XADD [m], r", NONE, 0x0F, 0xC1, 0x03
        locked "CMPXCHG8B [m]", NONE, 0x0F, 0xC7, 0x0B

# --- branches to where no code can be ---
        cause "JMP r", 13
        at
        jmp rcx
        cause "JMP [m]", 13
        mov [rbx], rcx
        at
        jmp [rbx]
        cause "CALL r", 13
        at
        call rcx
        cause "CALL [m]", 13
        mov [rbx], rcx
        nop
        at
        call [rbx]
        cause "RET", 13
        push rcx
        at
        ret
        cause "RET n", 13
        sub esp, 24
        push rcx
        at
        ret 24
        cause "IRETQ", 13
        push 0x10
        push 0x90000
        push 2
        push 8
        push rcx
        at
        iretq
        cause "RETFQ", 13
        push 8
        push rcx
        at
        rex.w retf
        cause "SYSRETQ", 13
        at
        sysretq
        cause "SYSCALL in compatibility mode", 6
        push 0x38
        lea rax, [rip+92f]
        push rax
        rex.w retf
        .code32
        at
        syscall
        .code64
        cause "JMP r in ring 3", 13
        in_ring_3
        at
        jmp rcx
        cause "CALL r in ring 3", 13
        in_ring_3
        at
        call rcx
        cause "RET in ring 3", 13
        in_ring_3
        push rcx
        at
        ret
        cause "RET n in ring 3", 13
        in_ring_3
        push rcx
        at
        ret 8
        cause "a gate to nowhere", 13
        mov byte ptr [0x60000+0x70*16+11], 0x80
        at
        int 0x70

# --- data where no data can be, through the stack and not ---
        .macro memory name, vector, code:vararg
        cause "\name", \vector
        mov rbp, rcx
        at
        \code
        none
        .endm
        .macro stack name, vector, code:vararg
        cause "\name", \vector
        mov rbp, rcx
        mov rsp, rcx
        at
        \code
        none
        .endm
        memory "MOV r, [RBP]", 12, mov rax, [rbp]
        memory "MOV [RBP+n], r", 12, mov [rbp+0x1234], al
        memory "MOV r, [RBP+r]", 12, mov rax, [rbp+rax]
        memory "ADD [RBP], imm", 12, add dword ptr [rbp], 1
        memory "MOV r, FS:[RBP]", 13, mov rax, fs:[rbp]
        memory "MOV r, [r+RBP]", 13, mov rax, [rax+rbp*1]
        memory "LEAVE", 12, leave
        memory "PUSH [r]", 13, push [rcx]
        memory "PUSH [RBP]", 12, push [rbp]
        memory "POP [r]", 13, pop [rcx]
        memory "CALL [r]", 13, call [rcx]
        memory "FLD [RBP]", 12, fld qword ptr [rbp]
        memory "MOVUPS [RBP], x", 12, movups [rbp], xmm0
        memory "MOV r, [r]", 13, mov rax, [rcx]
        memory "FXSAVE [r]", 13, fxsave [rcx]
        stack "MOV r, [RSP+n]", 12, mov rax, [rsp+8]
        stack "PUSH r", 12, push rax
        stack "PUSH imm", 12, push 5
        stack "POP r", 12, pop rax
        stack "PUSHFQ", 12, pushfq
        stack "POPFQ", 12, popfq
        stack "CALL", 12, call none_here
        stack "RET, without a stack", 12, ret
        stack "IRETQ, without a stack", 12, iretq
        stack "ENTER", 12, enter 16, 0
        stack "MOV r, [r], without a stack", 13, mov rax, [rcx]
        cause "MOVSB from nowhere", 13
        mov rsi, rcx
        mov ecx, 1
        at
        rep movsb

# --- SYSENTER and SYSEXIT ---
        cause "SYSENTER, no segment", 13
        at
        sysenter
        cause "SYSENTER in ring 3, no segment", 13
        in_ring_3
        at
        sysenter
        cause "SYSENTER", NONE
        put_msr 0x174, 8
        put_msr 0x175, 0x8F000
        lea rax, [rip+1f]
        mov ecx, 0x176
        xor edx, edx
        wrmsr
        in_ring_3
        at
        sysenter
1:      cmp esp, 0x8F000
        je 2f
        ud2
2:      mov rax, cr0               # ring 0
        none
        cause "SYSEXIT, no segment", 13
        at
        .byte 0x0F, 0x35
        cause "SYSEXIT in ring 3", 13
        put_msr 0x174, 8
        in_ring_3
        at
        .byte 0x0F, 0x35
        cause "SYSEXIT to nowhere", 13
        put_msr 0x174, 8
        mov rdx, rcx
        mov ecx, 0x8C000
        at
        .byte 0x48, 0x0F, 0x35

# --- debug registers as registers ---
        cause "MOV DR7, upper bits", 13
        mov rax, 0x100000000
        at
        mov dr7, rax
        cause "MOV DR6, upper bits", 13
        mov rax, 0x100000000
        at
        mov dr6, rax
        cause "MOV DR0, all bits", NONE
        at
        mov dr0, rcx
        none
        cause "MOV DR4", NONE
        at
        mov rax, dr4
        mov rdx, dr6
        cmp rax, rdx
        je 1f
        ud2
1:      none
        cause "MOV DR5 with CR4.DE", 6
        put_cr4 8
        at
        mov rax, dr5
        cause "MOV DR8", 6
        at
        .byte 0x44, 0x0F, 0x21, 0xC0
        cause "MOV DR0 in ring 3", 13
        in_ring_3
        at
        mov rax, dr0
        cause "MOV DR0 with DR7.GD", 1, 0x2000
        mov eax, 0x2400
        mov dr7, rax
        at
        mov rax, dr0
        cause "MOV DR7 with DR7.GD", 1, 0x2000
        mov eax, 0x2400
        mov dr7, rax
        at
        mov dr7, rax

# --- control registers and MSRs ---
        .macro control name, vector, reg, value
        cause "\name", \vector
        mov rax, \value
        at
        mov \reg, rax
        none
        .endm
        control "CR0: PG without PE", 13, cr0, 0x80000000
        control "CR0: NW without CD", 13, cr0, 0xA0010033
        control "CR0: upper bits", 13, cr0, 0x180010033
        control "CR0: PG off in 64-bit code", 13, cr0, 0x10033
        control "CR4: no PAE in long mode", 13, cr4, 0x680
        control "CR4: reserved", 13, cr4, 0x800006A0
        control "CR4: VMXE", 13, cr4, 0x26A0
        control "CR3: upper bits", 13, cr3, 0x4000000000010000
        control "CR8: 16", 13, cr8, 16
        control "CR8: 15", NONE, cr8, 15
        cause "CR1", 6
        at
        .byte 0x0F, 0x20, 0xC8
        cause "CR9", 6
        at
        .byte 0x44, 0x0F, 0x20, 0xC8
        .macro writes_msr name, vector, index, high, low
        cause "\name", \vector
        mov ecx, \index
        mov edx, \high
        mov eax, \low
        at
        wrmsr
        none
        .endm
        writes_msr "LSTAR: nowhere", 13, 0xC0000082, 0x80000000, 0
        writes_msr "FS_BASE: nowhere", 13, 0xC0000100, 0x80000000, 0
        writes_msr "KERNEL_GS_BASE: nowhere", 13, 0xC0000102, 0x00008000, 0
        writes_msr "SYSENTER_EIP: nowhere", 13, 0x176, 0x00008000, 0
        writes_msr "EFER: reserved", 13, 0xC0000080, 0, 0xFFFF
        writes_msr "EFER: no LME", 13, 0xC0000080, 0, 0x801
        writes_msr "PAT: type 2", 13, 0x277, 0, 2
        writes_msr "no such MSR", 13, 0x12345, 0, 0
        cause "RDMSR, none", 13
        mov ecx, 0x12345
        at
        rdmsr

        cause "RDMSR, none, with a REX that is not the last prefix", 13
        mov ecx, 0x12345
        at
        .byte 0x48, 0x2E, 0x0F, 0x32
        cause "MOV r, CR0 with such a REX.R: it means nothing", NONE
        at
        .byte 0x44, 0x2E, 0x0F, 0x20, 0xC0
        none

# --- segments ---
        .macro loads name, vector, error, value, code:vararg
        cause "\name", \vector, \error
        mov ecx, \value
        at
        \code
        none
        .endm
        loads "MOV DS: beyond the table", 13, 0x1234, 0x1234, mov ds, ecx
        loads "MOV DS: not present", 11, 0x40, 0x40, mov ds, ecx
        loads "MOV DS: a system segment", 13, 0x28, 0x28, mov ds, ecx
        loads "MOV DS: null", NONE, 0, 0, mov ds, ecx
        loads "MOV SS: not present", 12, 0x40, 0x40, mov ss, ecx
        loads "MOV SS: code", 13, 0x08, 0x08, mov ss, ecx
        loads "MOV SS: RPL 3", 13, 0x18, 0x1B, mov ss, ecx
        loads "MOV SS: null in ring 0", NONE, 0, 0, mov ss, ecx
        loads "MOV SS: null with RPL 3 in ring 0", 13, 0, 3, mov ss, ecx
        loads "MOV SS: ring 0's with RPL 3", 13, 0x10, 0x13, mov ss, ecx
        loads "LTR: null", 13, 0, 0, ltr cx
        loads "LTR: busy", 13, 0x28, 0x28, ltr cx
        loads "LTR: a data segment", 13, 0x10, 0x10, ltr cx
        loads "LLDT: a data segment", 13, 0x10, 0x10, lldt cx
        loads "LLDT: null", NONE, 0, 0, lldt cx
        loads "LTR: nowhere", 13, 0x48, 0x48, ltr cx
        cause "LTR: nowhere makes nothing busy", NONE
        cmp byte ptr [rip+gdt+0x48+5], 0x89
        je 1f
        at
        ud2
1:      none
        cause "LTR m: nowhere", 13, 0x48
        mov word ptr [rbx], 0x48
        at
        ltr word ptr [rbx]
        loads "LLDT: nowhere", 13, 0x58, 0x58, lldt cx
        .macro loads_table name, code:vararg
        cause "\name", 13
        mov word ptr [rbx], 0xFFF
        mov [rbx+2], rcx
        at
        \code
        none
        .endm
        loads_table "LGDT: nowhere", lgdt [rbx]
        loads_table "LIDT: nowhere", lidt [rbx]
        cause "IRETQ to ring 3: GS is null, its base stays", NONE
        mov ecx, 0x10
        mov gs, ecx
        mov qword ptr [rbx], 0x1234
        put_msr 0xC0000101, SCRATCH
        in_ring_3
        mov eax, gs
        test eax, eax
        jnz 1f
        cmp qword ptr gs:[0], 0x1234
        je 2f
1:      at
        ud2
2:      mov gs, eax
        none
        cause "MOV CS", 6
        at
        .byte 0x8E, 0xC8
        cause "MOV SS in ring 3: null", 13
        in_ring_3
        xor ecx, ecx
        at
        mov ss, ecx
        cause "MOV DS in ring 3: ring 0's", 13, 0x10
        in_ring_3
        mov ecx, 0x10
        at
        mov ds, ecx
        cause "IRETQ: null CS", 13
        push 0x10
        push 0x90000
        push 2
        push 0
        push 0
        at
        iretq
        cause "IRETQ: CS is data", 13, 0x10
        push 0x10
        push 0x90000
        push 2
        push 0x10
        push 0
        at
        iretq
        cause "IRETQ in ring 3 to ring 0", 13, 8
        in_ring_3
        push 0x10
        push 0x90000
        push 2
        push 8
        push 0
        at
        iretq

# --- gates ---
        cause "INT n: no gate", 13, 0x80*8+2
        lidt [rip+short_idt]
        at
        int 0x80
        cause "INT n: not present", 11, 0x71*8+2
        mov byte ptr [0x60000+0x71*16+5], 0x0E
        at
        int 0x71
        cause "INT n in ring 3: ring 0's", 13, 0x61*8+2
        in_ring_3
        at
        int 0x61
        cause "INT n: a task gate", 13, 0x72*8+2
        mov byte ptr [0x60000+0x72*16+5], 0x85
        at
        int 0x72
        cause "INT n: to data", 13, 0x10
        mov word ptr [0x60000+0x73*16+2], 0x10
        at
        int 0x73
        cause "INT3", 3
        int3
        at
        none
        cause "INT1", 1
        .byte 0xF1
        at
        none

# --- opcodes that are none, or none here ---
        .macro undefined name, bytes:vararg
        cause "\name", 6
        at
        .byte \bytes
        none
        .endm
        undefined "UD2", 0x0F, 0x0B
        undefined "UD1", 0x0F, 0xB9, 0xC0
        undefined "PUSHA", 0x60
        undefined "POP ES", 0x07
        undefined "DAA", 0x27
        undefined "AAM", 0xD4, 0x0A
        undefined "INTO", 0xCE
        undefined "LES", 0xC4, 0x03
        undefined "CALL FAR imm", 0x9A, 0, 0, 0, 0, 0, 0
        undefined "JMP FAR imm", 0xEA, 0, 0, 0, 0, 0, 0
        undefined "82 ADD", 0x82, 0x03, 0x01
        undefined "LEA r, r", 0x8D, 0xC0
        undefined "MOVNTI r", 0x0F, 0xC3, 0xC0
        undefined "CMPXCHG8B r", 0x0F, 0xC7, 0xC8
        undefined "LGDT r", 0x0F, 0x01, 0xD7
        undefined "XGETBV", 0x0F, 0x01, 0xD0
        undefined "VMCALL", 0x0F, 0x01, 0xC1
        undefined "MONITOR", 0x0F, 0x01, 0xC8
        undefined "CLAC", 0x0F, 0x01, 0xCA
        undefined "RDFSBASE", 0xF3, 0x0F, 0xAE, 0xC0
        undefined "XSAVE", 0x0F, 0xAE, 0x23
        undefined "RDRAND", 0x0F, 0xC7, 0xF0
        undefined "VZEROUPPER", 0xC5, 0xF8, 0x77
        undefined "MOV to an illegal segment", 0x8E, 0xF0
        cause "an instruction of 16 bytes", 13
        at
        .fill 15, 1, 0x66
        nop
        cause "an instruction of 15 bytes", NONE
        at
        .fill 14, 1, 0x66
        nop
        none

# --- x87 and SSE that are switched off ---
        cause "x87 with CR0.EM", 7
        put_cr0 4
        at
        fld1
        cause "x87 with CR0.TS", 7
        put_cr0 8
        at
        fld1
        cause "FWAIT with CR0.TS and MP", 7
        put_cr0 8
        at
        fwait
        cause "FWAIT with CR0.TS alone", NONE
        put_cr0 8, 2
        at
        fwait
        none
        cause "x87 divides by zero, FWAIT", 16
        mov word ptr [rbx], 0x37B
        fldcw [rbx]
        fld1
        fldz
        fdivp
        nop
        at
        fwait
        cause "x87 divides by zero, masked, FWAIT", NONE
        fld1
        fldz
        fdivp
        at
        fwait
        none
        cause "MMX with CR0.EM", 6
        put_cr0 4
        at
        paddb mm0, mm1
        cause "MMX with CR0.TS", 7
        put_cr0 8
        at
        paddb mm0, mm1
        cause "SSE with CR0.EM", 6
        put_cr0 4
        at
        addps xmm0, xmm1
        cause "SSE with CR0.TS", 7
        put_cr0 8
        at
        addps xmm0, xmm1
        cause "SSE without CR4.OSFXSR", 6
        put_cr4 0, 0x200
        at
        addps xmm0, xmm1
        cause "FXSAVE, not on 16 bytes", 13
        at
        fxsave [rbx+8]
        cause "FXRSTOR, not on 16 bytes", 13
        at
        fxrstor [rbx+8]
# --- operands on 16 bytes; the address known where the block begins, and not ---
        .macro aligned name, vector, code:vararg
        cause "\name", \vector
        at
        \code
        none
        cause "\name, in ring 3", \vector
        in_ring_3
        inc eax
        at
        \code
        none
        cause "\name, from memory", \vector
        mov [rsi], rbx
        mov rbx, [rsi]
        at
        \code
        none
        .endm
        aligned "MOVAPS x, [m]", 13, movaps xmm0, [rbx+8]
        aligned "MOVAPS [m], x", 13, movaps [rbx+4], xmm0
        aligned "MOVAPS, aligned", NONE, movaps [rbx+16], xmm0
        aligned "MOVAPD", 13, movapd xmm0, [rbx+1]
        aligned "MOVDQA", 13, movdqa xmm8, [rbx+8]
        aligned "MOVDQU", NONE, movdqu xmm8, [rbx+8]
        aligned "MOVUPS", NONE, movups [rbx+1], xmm0
        aligned "ADDPS", 13, addps xmm0, [rbx+8]
        aligned "ADDSS", NONE, addss xmm0, [rbx+1]
        aligned "ADDPD", 13, addpd xmm0, [rbx+8]
        aligned "PXOR", 13, pxor xmm0, [rbx+8]
        aligned "PXOR of MMX", NONE, pxor mm0, [rbx+4]
        aligned "PSHUFD", 13, pshufd xmm0, [rbx+8], 0
        aligned "PSHUFB", 13, pshufb xmm0, [rbx+8]
        aligned "PMOVZXBW", NONE, pmovzxbw xmm0, [rbx+1]
        aligned "PCMPISTRI", NONE, pcmpistri xmm0, [rbx+1], 0
        aligned "PALIGNR", 13, palignr xmm0, [rbx+8], 3
        aligned "MOVNTDQ", 13, movntdq [rbx+8], xmm0
        aligned "MOVNTI", NONE, movnti [rbx+1], rax
        aligned "MOVQ", NONE, movq xmm0, [rbx+1]
        aligned "MOVHPS", NONE, movhps xmm0, [rbx+1]
        aligned "CVTPS2PD", NONE, cvtps2pd xmm0, [rbx+1]
        aligned "CVTPD2PS", 13, cvtpd2ps xmm0, [rbx+8]
        aligned "UCOMISD", NONE, ucomisd xmm0, [rbx+1]
        aligned "MOVDDUP", NONE, movddup xmm0, [rbx+1]
        aligned "HADDPS", 13, haddps xmm0, [rbx+8]
        aligned "LDDQU", NONE, lddqu xmm0, [rbx+1]
        aligned "ROUNDPS", 13, roundps xmm0, [rbx+8], 0
        aligned "ROUNDSD", NONE, roundsd xmm0, [rbx+1], 0
        cause "MOVAPS on a stack that is not aligned", 13
        push rax
        sub rsp, 0x20
        lea rdx, [rsp+0x10]
        at
        movaps [rdx], xmm0
        cause "MOVAPS on a stack that is", NONE
        push rax
        sub rsp, 0x18
        mov rdx, rsp
        at
        movaps [rdx+0x10], xmm0
        none
        cause "MOVAPS, made aligned", NONE
        lea rdx, [rbx+7]
        and rdx, -16
        at
        movaps xmm0, [rdx+0x20]
        none
        cause "MOVAPS, with an index", 13
        mov rdx, rsi
        inc rdx
        at
        movaps xmm0, [rbx+rdx*8]
        cause "MOVAPS, by its own address", 13
        at
        movaps xmm0, [rip+odd]
        cause "MOVAPS in a loop", 13
        mov ecx, 5
1:      add rsi, 16
        cmp ecx, 2
        jne 2f
        inc rsi
2:      at
        movaps xmm0, [rsi]
        dec ecx
        jnz 1b
        cause "MOVAPS with CR0.TS", 7
        put_cr0 8
        at
        movaps xmm0, [rbx+8]
        cause "MOVAPS and nowhere", 13
        at
        movaps xmm0, [rcx+8]
        cause "CMPXCHG16B, not on 16 bytes", 13
        at
        cmpxchg16b [rbx+8]
        cause "LDMXCSR, reserved bits", 13
        mov dword ptr [rbx], 0x10000
        at
        ldmxcsr [rbx]
        cause "LDMXCSR in ring 3, reserved bits", 13
        mov dword ptr [rbx], 0x80001F80
        in_ring_3
        at
        ldmxcsr [rbx]
        cause "LDMXCSR", NONE
        mov dword ptr [rbx], 0x1F80
        at
        ldmxcsr [rbx]
        none
        cause "FXRSTOR, reserved bits", 13
        fxsave [rbx]
        or dword ptr [rbx+24], 0x10000
        at
        fxrstor [rbx]
        cause "FXRSTOR", NONE
        fxsave [rbx]
        at
        fxrstor [rbx]
        none

# --- what ring 3 may not ---
        .macro privileged name, code:vararg
        cause "\name in ring 3", 13
        in_ring_3
        at
        \code
        none
        .endm
        privileged "HLT", hlt
        privileged "CLI", cli
        privileged "STI", sti
        privileged "IN", in al, 0x10
        privileged "OUT DX", out dx, al
        privileged "INSB", insb
        privileged "MOV r, CR0", mov rax, cr0
        privileged "MOV CR8, r", mov cr8, rax
        privileged "CLTS", clts
        privileged "LMSW", lmsw ax
        privileged "INVLPG", invlpg [rbx]
        privileged "INVD", invd
        privileged "WBINVD", wbinvd
        privileged "LGDT", lgdt [rbx]
        privileged "LIDT", lidt [rbx]
        privileged "LLDT", lldt ax
        privileged "LTR", ltr ax
        privileged "RDMSR", rdmsr
        privileged "WRMSR", wrmsr
        privileged "RDPMC", rdpmc
        privileged "SWAPGS", swapgs
        privileged "SYSRETQ", sysretq
        cause "RDTSC in ring 3 with CR4.TSD", 13
        put_cr4 4
        in_ring_3
        at
        rdtsc
        cause "UD2 in ring 3", 6
        in_ring_3
        at
        ud2

# --- arithmetic ---
        cause "DIV by 0", 0
        xor edx, edx
        xor ecx, ecx
        at
        div ecx
        cause "DIV, too large", 0
        mov edx, 5
        mov ecx, 5
        at
        div ecx
        cause "IDIV, the least by -1", 0
        mov rax, rcx
        cqo
        mov rcx, -1
        at
        idiv rcx
        cause "IDIV in ring 3", 0
        in_ring_3
        xor ecx, ecx
        at
        idiv cl

# --- CR2 when a frame does not fit: of the first push that faults. From here on
#     #PF and 70h have gates of their own. ---
        .macro no_stack name, stack, address
        cause "\name", NONE
        lea rax, [rip+1f]
        mov [0x60000+14*16], ax
        shr rax, 16
        mov [0x60000+14*16+6], ax
        mov byte ptr [0x60000+0x70*16+4], 0
        mov byte ptr [0x60000+0x70*16+5], 0xEE
        mov byte ptr [0x60000+0x70*16+11], 0
        mov qword ptr [rip+tss+4], \stack
        mov qword ptr [PT+0x82*8], 0
        invlpg [0x282000]
        in_ring_3
        int 0x70
1:      mov rax, cr2
        mov qword ptr [rip+tss+4], 0x9C000
        cmp rax, \address
        je 2f
        ud2
2:      at
        none
        .endm
        no_stack "a frame that does not fit", 0x282FF8, 0x282FE8
        no_stack "a frame that fits half", 0x283010, 0x282FF8

        .text 1
        .quad 0
        .text 0
        .balign 16
        nop
odd:
none_here:
        ret
short_idt:
        .word 0x7F*16+15
        .quad 0x60000
