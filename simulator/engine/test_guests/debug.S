# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guest's own breakpoints and the trap flag. See causes.inc; the error code of
# vector 1 is what DR6 says. [sdm-3b §17.2, §17.3]
        .include "boot.inc"
        .include "causes.inc"
        .set EXECUTE, 0
        .set WRITE, 1
        .set PORT, 2
        .set ACCESS, 3
        .set BYTE, 0
        .set WORD2, 1
        .set QUAD8, 2
        .set DWORD4, 3

# Breakpoint `number` at RAX; DR7 gains its enable bit (L, or G with global=1).
        .macro breakpoint number, kind, length=BYTE, global=0
        mov dr\number, rax
        mov rdx, dr7
        or edx, (1 << (2*\number + \global)) | ((\kind | \length << 2) << (16 + 4*\number))
        mov dr7, rdx
        .endm
        .macro on_code number=0, global=0
        lea rax, [rip+92f]
        breakpoint \number, EXECUTE, BYTE, \global
        .endm
        .macro on_data address, kind=WRITE, length=BYTE, number=0
        lea rax, [\address]
        breakpoint \number, \kind, \length
        .endm

# --- on code: before the instruction ---
        cause "code, DR0", 1, 1
        on_code
        nop
        at
        nop
        cause "code, DR3, global", 1, 8
        on_code 3, 1
        jmp 92f
        nop
        at
        nop
        cause "code, not enabled", NONE
        lea rax, [rip+92f]
        mov dr0, rax
        at
        nop
        none
        cause "code, two at once", 1, 5
        on_code 0
        on_code 2
        at
        nop
        cause "code, after MOV SS: as if RF were set", NONE
        on_code
        mov eax, 0x10
        mov ss, eax
        at
        nop
        none
        cause "code, in the middle of an instruction", NONE
        lea rax, [rip+92f+1]
        breakpoint 0, EXECUTE
        at
        mov eax, 1
        none
        cause "code, RF lets it pass", NONE
        on_code
        push 0x10
        push 0x90000
        push 0x10002
        push 8
        lea rax, [rip+92f]
        push rax
        iretq
        at
        nop
        none
        cause "code, RF lets it pass once", 1, 1
        on_code
        mov ecx, 2
        push 0x10
        push 0x90000
        push 0x10002
        push 8
        lea rax, [rip+92f]
        push rax
        iretq
        at
        dec ecx
        jnz 92b
        none
        cause "code, before it faults", 1, 1
        on_code
        at
        ud2
        cause "code, in ring 3", 1, 1
        on_code
        in_ring_3
        nop
        at
        nop
        cause "code, that the guest has run before", 1, 1
        mov ecx, 100
1:      inc eax
        jmp 2f
        at
        nop
2:      dec ecx
        jnz 1b
        lea rax, [rip+92b]
        breakpoint 0, EXECUTE
        jmp 92b

# --- on data: after the instruction ---
        cause "write", 1, 1
        on_data rbx
        mov byte ptr [rbx], 1
        traps
        cause "write, the last byte of four", 1, 1
        on_data rbx, WRITE, DWORD4
        mov byte ptr [rbx+3], 1
        traps
        cause "write, the byte behind", NONE
        on_data rbx, WRITE, DWORD4
        at
        mov byte ptr [rbx+4], 1
        none
        cause "write, the byte before", NONE
        on_data rbx+4, WRITE, DWORD4
        at
        mov byte ptr [rbx+3], 1
        none
        cause "write, eight bytes, misaligned address", 1, 2
        on_data rbx+5, WRITE, QUAD8, 1
        mov word ptr [rbx+1], ax
        traps
        cause "write, a wide one over a byte", 1, 4
        on_data rbx+9, WRITE, BYTE, 2
        movups [rbx+1], xmm0
        traps
        cause "write, from the page before", 1, 1
        on_data rbx+0x1000, WRITE
        mov [rbx+0xFFC], rax
        traps
        cause "write, to the page before only", NONE
        on_data rbx+0x1000, WRITE
        at
        mov [rbx+0xFF8], rax
        none
        cause "write, but it reads", NONE
        on_data rbx
        at
        mov al, [rbx]
        none
        cause "access, it reads", 1, 1
        on_data rbx, ACCESS
        mov al, [rbx]
        traps
        cause "access, it writes", 1, 1
        on_data rbx, ACCESS
        mov [rbx], al
        traps
        cause "access, two at once", 1, 3
        on_data rbx, ACCESS, BYTE, 0
        on_data rbx+7, ACCESS, BYTE, 1
        mov rax, [rbx]
        traps
        cause "write, read-modify-write", 1, 1
        on_data rbx, WRITE, DWORD4
        lock add dword ptr [rbx], 1
        traps
        cause "write, a push", 1, 1
        on_data rsp-8, WRITE, QUAD8
        push rax
        traps
        cause "write, a call", 1, 1
        on_data rsp-8, WRITE, QUAD8
        call 1f
        nop
1:
        traps
        cause "write, in the middle of a REP", 1, 1
        on_data rdi+2
        mov ecx, 5
        at
        rep stosb
        cause "write, at the end of a REP", 1, 1
        on_data rdi+4
        mov ecx, 5
        at
        rep stosb
        none
        cause "write, but it faults", 13
        on_data rbx
        at
        mov cr4, rcx
        cause "write, the same byte by another address", NONE
        mov qword ptr [PT+0x82*8], 0x280007
        invlpg [0x282000]
        on_data rbx
        at
        mov byte ptr [0x282000], 1
        none
        cause "write, by the other address", 1, 1
        mov qword ptr [PT+0x82*8], 0x280007
        invlpg [0x282000]
        on_data rbx+0x2000
        mov byte ptr [rbx], 1
        mov byte ptr [0x282000], 1
        traps
        cause "write, in ring 3", 1, 1
        on_data rbx
        in_ring_3
        mov byte ptr [rbx], 1
        traps
        cause "write, thousands of others first", 1, 1
        on_data rdi
        mov edi, SCRATCH
        mov ecx, 0x1001
        xor eax, eax
1:      mov [rdi], al
        at
        add edi, 1
        nop
        cmp byte ptr [SCRATCH+0x1000], 0
        dec ecx
        jnz 1b
        none
        cause "write, to code", 1, 1
        lea rdi, [rip+1f+1]
        on_data rdi
        mov byte ptr [rdi], 0xC0
        traps
1:      mov eax, ecx
        none

# --- on ports: with CR4.DE ---
        cause "OUT", 1, 1
        put_cr4 8
        mov eax, 0x80
        breakpoint 0, PORT
        out 0x80, al
        traps
        cause "OUT without CR4.DE", NONE
        mov eax, 0x80
        breakpoint 0, PORT
        at
        out 0x80, al
        none
        cause "IN DX, the second of four", 1, 2
        put_cr4 8
        mov eax, 0x84
        breakpoint 1, PORT, DWORD4
        mov edx, 0x85
        in al, dx
        traps
        cause "IN, another port", NONE
        put_cr4 8
        mov eax, 0x80
        breakpoint 0, PORT, WORD2
        at
        in al, 0x82
        none
        cause "OUTSB", 1, 1
        put_cr4 8
        mov eax, 0x80
        breakpoint 0, PORT
        mov edx, 0x80
        outsb
        traps

# --- the trap flag ---
        cause "TF", 1, 0x4000
        push 0x102
        popfq
        nop
        traps
        cause "TF, OUT", 1, 0x4000
        push 0x102
        popfq
        out 0x80, al
        traps
        cause "TF, a jump", 1, 0x4000
        push 0x102
        popfq
        jmp 92f
        nop
        at
        none
        cause "TF and a write", 1, 0x4001
        on_data rbx
        push 0x102
        popfq
        mov [rbx], al
        traps
        cause "TF and a port", 1, 0x4001
        put_cr4 8
        mov eax, 0x80
        breakpoint 0, PORT
        push 0x102
        popfq
        out 0x80, al
        traps
        cause "TF in ring 3", 1, 0x4000
        in_ring_3 0x102
        nop
        traps
        # SYSCALL and SYSRET look at TF when they are done.
        .macro system_calls mask
        mov ecx, 0xC0000081
        xor eax, eax
        mov edx, 0x00100008
        wrmsr
        inc ecx
        lea rax, [rip+92f]
        xor edx, edx
        wrmsr
        put_msr 0xC0000084, \mask
        .endm
        cause "TF, SYSRETQ that sets it", 1, 0x4000
        system_calls 0
        lea rcx, [rip+92f]
        mov r11d, 0x102
        sysretq
        at
        nop
        none
        cause "TF, SYSCALL that masks it", NONE
        system_calls 0x100
        in_ring_3 0x102
        syscall
        at
        nop
        none
        cause "TF, SYSCALL that keeps it", 1, 0x4000
        system_calls 0
        in_ring_3 0x102
        syscall
        nop
        at
        nop
        none
        cause "TF, a fault comes first", 6
        push 0x102
        popfq
        at
        ud2

# --- the frame of an exception; from here on #DB has no stack of its own ---
        .macro gate number, label
        lea rax, [rip+\label]
        mov [0x60000+\number*16], ax
        shr rax, 16
        mov [0x60000+\number*16+6], ax
        .endm
        cause "data: the frame of INT n", 1, 1
        mov byte ptr [0x60000+0x10+4], 0
        gate 0x70, 92f
        on_data 0x97FF8, WRITE, QUAD8
        int 0x70
        nop
        at
        nop
        cause "data: the frame of #UD, in ring 3", 1, 2
        gate 6, 92f
        on_data 0x97FD8, ACCESS, BYTE, 1
        in_ring_3
        ud2
        at
        nop
        # MOV SS meets a breakpoint: told when the next instruction is done
        .macro loads_stack
        mov word ptr [rbx], 0x10
        on_data rbx, ACCESS, WORD2
        mov ss, word ptr [rbx]
        .endm
        cause "data: MOV SS, then NOP", 1, 1
        loads_stack
        nop
        at
        nop
        cause "data: MOV SS, then OUT", 1, 1
        loads_stack
        out 0x80, al
        at
        nop
        cause "data: MOV SS, then another breakpoint", 1, 3
        lea rax, [rbx+8]
        breakpoint 1, WRITE, QUAD8
        loads_stack
        mov [rbx+8], rax
        at
        nop
        cause "data: MOV SS, then INT1", 1, 1
        loads_stack
        .byte 0xF1
        at
        nop
        cause "data: MOV SS, then INT n: in the handler", 1, 1
        gate 0x70, 92f
        loads_stack
        int 0x70
        nop
        at
        nop
        cause "data: MOV SS, then #UD: in the handler", 1, 1
        gate 6, 92f
        loads_stack
        ud2
        at
        nop
        cause "data: MOV SS, then a page that is not in the TLB", 1, 1
        invlpg [rsi]
        loads_stack
        mov al, [rsi]
        at
        nop
        cause "data: below the frame", NONE
        on_data 0x97F80, WRITE, QUAD8
        at
        none

        .text 1
        .quad 0
        .text 0
