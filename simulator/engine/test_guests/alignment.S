# SPDX-License-Identifier: GPL-2.0-or-later
#
# Alignment checks. See causes.inc. [sdm-3a §6.15 "#AC", table 6-7] QEMU 7.2 knows
# no #AC: there every row of vector 17 ends as `none`.
        .include "boot.inc"
        .include "causes.inc"
        .set AC, 0x40000           # of EFLAGS
        .set AM, 0x40000           # of CR0

# In ring 3 with checks on; RBX is aligned.
        .macro checked name, vector, code:vararg
        cause "\name", \vector
        put_cr0 AM
        in_ring_3 AC|2
        nop
        at
        \code
        none
        .endm

# --- general registers ---
        checked "MOV r8, [odd]", NONE, mov al, [rbx+1]
        checked "MOV r16, [odd]", 17, mov ax, [rbx+1]
        checked "MOV r16, [2]", NONE, mov ax, [rbx+2]
        checked "MOV r32, [2]", 17, mov eax, [rbx+2]
        checked "MOV r32, [4]", NONE, mov eax, [rbx+4]
        checked "MOV r64, [4]", 17, mov rax, [rbx+4]
        checked "MOV r64, [8]", NONE, mov rax, [rbx+8]
        checked "MOV [odd], r16", 17, mov [rbx+1], ax
        checked "MOV [2], r32", 17, mov [rbx+2], eax
        checked "MOV [4], r64", 17, mov [rbx+4], rax
        checked "MOV [8], r64", NONE, mov [rbx+8], rax
        checked "MOV r32, across pages", 17, mov eax, [rbx+0xFFE]
        checked "MOV [], r64, across pages", 17, mov [rbx+0xFFC], rax
        checked "MOVZX r32, [odd]", 17, movzx eax, word ptr [rbx+3]
        checked "ADD [2], r32", 17, add [rbx+2], eax
        checked "LOCK ADD [4], r64", 17, lock add [rbx+4], rax
        checked "XCHG [2], r32", 17, xchg [rbx+2], eax
        checked "CMPXCHG8B [4]", 17, cmpxchg8b [rbx+4]
        checked "CMPXCHG8B [8]", NONE, cmpxchg8b [rbx+8]
        checked "BT [odd], r16", 17, bt [rbx+1], ax
        checked "BT [2], r16", NONE, bt [rbx+2], ax
        checked "LEA r, [odd]", NONE, lea rax, [rbx+1]
        checked "MOVNTI [2]", 17, movnti [rbx+2], eax
        checked "MOVBE is not promised; BSF r32, [2]", 17, bsf eax, [rbx+2]
        checked "JMP [4]", 17, jmp [rbx+4]
        checked "XLATB", NONE, xlatb

# --- stacks and strings ---
        .macro crooked name, vector, by, code:vararg
        cause "\name", \vector
        put_cr0 AM
        in_ring_3 AC|2
        lea rsp, [rsp-\by]
        mov rbp, rsp
        at
        \code
        none
        .endm
        crooked "PUSH r", 17, 4, push rax
        crooked "POP r", 17, 4, pop rax
        crooked "PUSH r16", NONE, 2, push ax
        crooked "PUSHFQ", 17, 1, pushfq
        crooked "CALL", 17, 4, call none_here
        crooked "RET", 17, 4, ret
        crooked "LEAVE", 17, 4, leave
        crooked "ENTER", 17, 4, enter 16, 0
        crooked "IRETQ", 17, 4, iretq
        crooked "INT n: the supervisor's stack", NONE, 4, int NONE
        checked "PUSH, aligned", NONE, push rax
        checked "MOVSQ from [8] to [8]", NONE, movsq
        cause "MOVSD from [2]", 17
        put_cr0 AM
        in_ring_3 AC|2
        add rsi, 2
        at
        movsd
        cause "REP MOVSB, odd", NONE
        put_cr0 AM
        in_ring_3 AC|2
        inc rsi
        mov ecx, 5
        at
        rep movsb
        none
        cause "REP STOSD to [1]", 17
        put_cr0 AM
        in_ring_3 AC|2
        inc rdi
        mov ecx, 5
        at
        rep stosd

# --- x87, MMX, SSE ---
        checked "FLD m32 [2]", 17, fld dword ptr [rbx+2]
        checked "FLD m32 [4]", NONE, fld dword ptr [rbx+4]
        checked "FLD m64 [4]", 17, fld qword ptr [rbx+4]
        checked "FLD m80 [4]", 17, fld tbyte ptr [rbx+4]
        checked "FLD m80 [8]", NONE, fld tbyte ptr [rbx+8]
        checked "FSTP m80 [4]", 17, fstp tbyte ptr [rbx+4]
        checked "FILD m16 [odd]", 17, fild word ptr [rbx+1]
        checked "FNSTCW [odd]", 17, fnstcw [rbx+1]
        checked "FNSTENV [2]", 17, fnstenv [rbx+2]
        checked "FNSTENV [4]", NONE, fnstenv [rbx+4]
        checked "FNSTENV of 16 bits [2]", NONE, .byte 0x66, 0xD9, 0x73, 2
        checked "FNSTENV of 16 bits [1]", 17, .byte 0x66, 0xD9, 0x73, 1
        checked "FNSAVE [2]", 17, fnsave [rbx+2]
        checked "FNSAVE [4]", NONE, fnsave [rbx+4]
        checked "FRSTOR [4]", NONE, frstor [rbx+4]
        checked "FRSTOR [2]", 17, frstor [rbx+2]
        checked "MOVQ mm, [4]", 17, movq mm0, [rbx+4]
        checked "MOVSS [2]", 17, movss xmm0, [rbx+2]
        checked "ADDSS [4]", NONE, addss xmm0, [rbx+4]
        checked "ADDSD [4]", 17, addsd xmm0, [rbx+4]
        checked "MOVUPS x, [4]", 17, movups xmm0, [rbx+4]
        checked "MOVUPS x, [8]", NONE, movups xmm0, [rbx+8]
        checked "MOVDQU [4], x", 17, movdqu [rbx+4], xmm0
        checked "MOVDQU [8], x", NONE, movdqu [rbx+8], xmm0
        checked "MOVAPS x, [8]", 13, movaps xmm0, [rbx+8]
        checked "MOVAPS x, [4]", 13, movaps xmm0, [rbx+4]
        checked "PINSRW [odd]", 17, pinsrw xmm0, [rbx+1], 0
        checked "LDMXCSR [2]", 17, ldmxcsr [rbx+2]
        checked "STMXCSR [2]", 17, stmxcsr [rbx+2]
        checked "FXSAVE [8]", 13, fxsave [rbx+8]

# --- segments and tables ---
        checked "SGDT [2]", 17, sgdt [rbx+2]
        checked "SGDT [4]", NONE, sgdt [rbx+4]
        checked "SLDT [odd]", 17, sldt word ptr [rbx+1]
        checked "MOV DS, [odd]", 17, mov ds, [rbx+1]
        checked "MOV DS, [2]", NONE, mov ds, [rbx+2]
        checked "LAR r, [odd]", 17, lar eax, word ptr [rbx+1]
        checked "LAR r, [2]", NONE, lar eax, word ptr [rbx+2]
        checked "LFS, 48 bits [2]", 17, lfs eax, [rbx+2]
        checked "LFS, 48 bits [4]", NONE, lfs eax, [rbx+4]
        cause "MOV DS, r: the table is not aligned", NONE
        put_cr0 AM
        sgdt [rbx]
        mov rsi, [rbx+2]
        lea rdi, [rbx+0x101]
        mov ecx, 0x48
        rep movsb
        lea rax, [rbx+0x101]
        mov [rbx+2], rax
        lgdt [rbx]
        in_ring_3 AC|2
        mov eax, 0x1B
        at
        mov ds, eax
        none

        cause "MOV DS, [odd]: the table ends with the address space", 17
        put_cr0 AM
        mov qword ptr [0x10FF8], 0x11007       # its last page is the last of PT
        mov qword ptr [0x11FF8], 0x12007
        mov qword ptr [0x12FF8], PT+7
        mov rax, cr3
        mov cr3, rax
        sgdt [rbx]
        mov rsi, [rbx+2]
        mov edi, 0x3FFFB8
        mov ecx, 0x48
        rep movsb
        mov qword ptr [rbx+2], -0x48
        lgdt [rbx]
        in_ring_3 AC|2
        at
        mov ds, [rbx+1]

# Through a gate the processor reads the inner stack's pointer from the TSS, where it
# lies on four bytes, and what it pushes there is ring 0's.
        .macro through_a_gate name, stack
        cause "\name", NONE
        put_cr0 AM
        sgdt [rbx]
        mov rsi, [rbx+2]
        lea rdi, [rbx+0x100]
        mov ecx, 0x48
        rep movsb
        lea rax, [rip+inside]
        mov [rdi], ax
        mov dword ptr [rdi+2], 0xEC000008
        shr rax, 16
        mov [rdi+6], ax
        shr rax, 16
        mov [rdi+8], rax
        lea rax, [rbx+0x100]
        mov [rbx+2], rax
        mov word ptr [rbx], 0x57
        lgdt [rbx]
        mov qword ptr [rip+tss+4], \stack
        mov dword ptr [rbx+0x20], 0
        mov word ptr [rbx+0x24], 0x4B
        in_ring_3 AC|2
        at
        call fword ptr [rbx+0x20]
        ud2
        .endm
        through_a_gate "CALL through a gate", 0x9C000
        through_a_gate "CALL through a gate, to a stack that is not aligned", 0x9C004
        checked "CALL, 48 bits [2]", 17, call fword ptr [rbx+0x22]

# --- devices ---
        cause "a device at [2]", 17
        put_cr0 AM
        mov ebx, 0xFE000000
        in_ring_3 AC|2
        at
        mov eax, [rbx+2]
        cause "a device at [4]", NONE
        put_cr0 AM
        mov ebx, 0xFE000000
        in_ring_3 AC|2
        at
        mov eax, [rbx+4]
        none

# --- what it takes ---
        cause "without CR0.AM", NONE
        in_ring_3 AC|2
        at
        mov eax, [rbx+1]
        none
        cause "without EFLAGS.AC", NONE
        put_cr0 AM
        in_ring_3
        at
        mov eax, [rbx+1]
        none
        cause "in ring 0", NONE
        put_cr0 AM
        push AC|2
        popfq
        at
        mov eax, [rbx+1]
        none
        cause "POPFQ begins it", 17
        put_cr0 AM
        in_ring_3
        push AC|2
        popfq
        nop
        at
        mov eax, [rbx+1]
        cause "POPFQ begins it, at once", 17
        put_cr0 AM
        in_ring_3
        push AC|2
        popfq
        at
        mov eax, [rbx+1]
        cause "POPFQ ends it", NONE
        put_cr0 AM
        in_ring_3 AC|2
        push 2
        popfq
        at
        mov eax, [rbx+1]
        none
        cause "IRETQ in ring 3 begins it", 17
        put_cr0 AM
        in_ring_3
        in_ring_3 AC|2
        at
        mov eax, [rbx+1]
        cause "with the trap flag: the fault comes first", 17
        put_cr0 AM
        in_ring_3 AC|0x102
        at
        mov eax, [rbx+1]
        cause "a page that is missing", 14, 4
        put_cr0 AM
        mov qword ptr [PT+0x82*8], 0
        invlpg [0x282000]
        in_ring_3 AC|2
        at
        mov eax, [rbx+0x2000]
        cause "UD2 with checks on", 6
        put_cr0 AM
        in_ring_3 AC|2
        at
        ud2
        cause "in a loop, the third time", 17
        put_cr0 AM
        in_ring_3 AC|2
        mov ecx, 5
1:      add rsi, 8
        cmp ecx, 3
        jne 2f
        inc rsi
2:      at
        mov eax, [rsi]
        dec ecx
        jnz 1b

        .text 1
        .quad 0
        .text 0
        .balign 16
none_here:
        ret
inside: int NONE
