# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random bytes as code of ring 3, 64 at a time from 0x280000, in a small kernel:
# faults throw the chunk away and begin the next; interrupts, INT 50h, INT3, the
# trap flag and system calls come back to it. The host makes the bytes.
        .include "boot.inc"
        .set CHUNK, 0x6D100        # number of the next chunk
        .set CALLS, 0x6D108        # how many came back
        .set STACK, 0x6D110        # of ring 3, during a system call

main:   lea rsi, [rip+fault]       # every gate
        mov edi, 0x60000
        mov ecx, 256
1:      mov rax, rsi
        mov [rdi], ax
        shr rax, 16
        mov [rdi+6], ax
        add rdi, 16
        loop 1b
        lea rax, [rip+comes_back]
        mov rdx, rax
        shr rdx, 16
        .irp v, 0x01, 0x03, 0x50
        mov [0x60000+\v*16], ax
        mov [0x60000+\v*16+6], dx
        mov byte ptr [0x60000+\v*16+5], 0xEE
        .endr
        lea rax, [rip+tick]
        mov rdx, rax
        shr rdx, 16
        mov [0x60000+0x40*16], ax
        mov [0x60000+0x40*16+6], dx
        mov ecx, 0xC0000081
        xor eax, eax
        mov edx, 0x00100008
        wrmsr
        inc ecx
        lea rax, [rip+system_call]
        xor edx, edx
        wrmsr
        mov ecx, 0xC0000084
        mov eax, 0x40300           # AC, IF and TF off
        wrmsr
        # The kernel's 2 MiB are its own; of the others two pages are for reading
        # and two are missing.
        mov qword ptr [0x12000], 0x83
        mov qword ptr [PT+0x100*8], 0x300005
        mov qword ptr [PT+0x101*8], 0
        mov qword ptr [PT+0xE1*8], 0x2E1005
        mov qword ptr [PT+0xE3*8], 0
        mov rax, cr3
        mov cr3, rax
        mov rax, cr0
        or rax, 0x40000            # AM: a POPF may begin alignment checks
        mov cr0, rax
fault:  mov esp, 0x90000
        mov eax, 0x1B
        mov ds, eax
        mov es, eax
        fninit
        mov dword ptr [rsp-8], 0x1F80
        ldmxcsr [rsp-8]
        mov ecx, [CHUNK]
        inc ecx
        mov [CHUNK], ecx
        cmp ecx, 2000
        ja done
        mov r12d, ecx
        shl ecx, 6
        add ecx, 0x280000
        mov edx, 0x202
        test r12d, 7
        jnz 2f
        or edx, 0x100              # each eighth step by step
2:      lea eax, [r12+3]
        test al, 15
        jnz 3f
        or edx, 0x40000            # each sixteenth with alignment checks
3:      push 0x1B
        push 0x2E2000
        push rdx
        push 0x23
        push rcx
        mov ebx, 0x2C4000
        mov esi, 0x2C0000
        mov edi, 0x2C8FFC
        lea rbp, [rcx+0x40]
        mov r8d, 0x300FF8
        mov r9, -1
        mov r10d, 0x20
        mov r11d, 0x6E000
        mov rax, 0x8000000000000001
        mov edx, 0x10
        mov ecx, 5
        iretq

comes_back:
        inc qword ptr [CALLS]
        iretq
# A chunk may loop for ever: the fourth tick ends it.
tick:   push rax
        mov eax, [TICKS]
        inc eax
        mov [TICKS], eax
        test al, 3
        pop rax
        jz fault
        iretq
system_call:
        mov [STACK], rsp
        mov esp, 0x9C000
        push rcx
        push r11
        inc qword ptr [CALLS]
        pop r11
        pop rcx
        mov rsp, [STACK]
        sysretq
done:   mov esp, 0x90000
        mov al, 0
        out 0xF4, al
