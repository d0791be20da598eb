# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random bytes as code, 64 at a time from 0x280000. Every vector throws the
# chunk away and begins the next. The host makes the bytes.
        .include "boot.inc"
        .set CHUNK, 0x6D100        # number of the next chunk

main:   lea rsi, [rip+vector]      # every gate, with a stack of its own
        mov edi, 0x60000
        mov ecx, 256
1:      mov rax, rsi
        mov [rdi], ax
        mov byte ptr [rdi+4], 1
        shr rax, 16
        mov [rdi+6], ax
        add rdi, 16
        loop 1b
vector: mov esp, 0x90000
        cld
        lgdt [rip+gdt_pointer]
        lidt [rip+idt_pointer]
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov rax, 0x80010033
        mov cr0, rax
        fninit
        mov dword ptr [rsp-8], 0x1F80
        ldmxcsr [rsp-8]
        mov ecx, [CHUNK]
        inc ecx
        mov [CHUNK], ecx
        cmp ecx, 2000
        ja done
        shl ecx, 6
        add ecx, 0x280000
        push rcx
        mov ebx, 0xFE000000
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
        sti
        ret
done:   mov esp, 0x90000
        mov al, 0
        out 0xF4, al
