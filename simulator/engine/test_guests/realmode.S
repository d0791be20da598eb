# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a processor does that a start-up message woke: real mode, interrupts
# through the vector table, "big real" segments, and the way to long mode by
# its own code. The test copies the first page to 0x8000 and starts there.
        .intel_syntax noprefix
        .set TRAMPOLINE, 0x8000
        .set REAL, 0x5000          # words for the test to look at
        .macro real_result index
        mov gs:[REAL+2*\index], ax
        .endm
        .code16
trampoline:
        cli
        mov ax, cs
        mov ds, ax                 # DS: our own page
        mov cx, dx                 # EDX: the processor's signature
        xor ax, ax
        mov gs, ax                 # GS: address 0
        mov ss, ax
        mov sp, 0x7000
        mov ax, cs
        real_result 0              # 0x800
        mov ax, cx
        real_result 1

        # the vector table
        mov word ptr gs:[0*4], divide_handler - trampoline
        mov gs:[0*4+2], cs
        mov word ptr gs:[6*4], undefined_handler - trampoline
        mov gs:[6*4+2], cs
        mov word ptr gs:[0x21*4], service - trampoline
        mov gs:[0x21*4+2], cs
        mov word ptr gs:[0x40*4], tick - trampoline
        mov gs:[0x40*4+2], cs

        mov ax, 0x1234
        stc
        int 0x21
after_int:
        real_result 2              # 0x1235
        mov ax, sp
        real_result 3              # 0x7000 again
        mov ax, gs:[0x7000-6]      # what INT pushed: IP
        sub ax, after_int - trampoline
        real_result 4

        xor bx, bx
        mov ax, 7
fault:  div bl
        real_result 5              # number of the vector, from the handler
        mov ax, gs:[0x7000-6]
        sub ax, fault - trampoline
        real_result 6              # 2: IP of the fault, and what the handler added
        .byte 0x0F, 0x0B           # UD2
        real_result 7              # 6

        # a far call into another segment, which ends at the same address
        .byte 0x9A                 # CALL FAR 0x700:0x1000+far_one
        .word 0x1000 + far_one - trampoline, 0x700
        real_result 8              # 0x700
        push 0                     # released by the return
        push cs
        push offset back - trampoline
        retf 2
back:   mov ax, cs
        real_result 9              # 0x800

        # string instruction, counted once an iteration
        push ds
        pop es
        mov si, 0
        mov di, 0xF00
        mov cx, 16
        cld
        rep movsb
        mov al, [0xF0F]
        mov ah, [0x00F]
        sub al, ah
        mov ah, 0
        real_result 10             # 0

        # code that changes itself
        mov byte ptr [patch - trampoline + 1], 0x5A
        jmp patch
patch:  mov al, 0
        mov ah, 0
        real_result 11             # 0x5A

        # an external interrupt, out of HLT
        mov al, 1
        out 0x20, al
        sti
        hlt
        cli
        mov ax, gs:[REAL+2*30]
        real_result 12             # 1

        # 64 KiB wrap of IP-relative jumps and of the stack
        mov sp, 0
        push ax
        mov ax, sp
        real_result 13             # 0xFFFE
        mov sp, 0x7000

        # all of CR0, not only the machine status word
        mov ebx, cr0
        mov eax, 0x12345678
        .byte 0x66
        smsw ax                    # SMSW EAX
        sub eax, ebx
        real_result 14             # 0
        shr eax, 16
        real_result 15             # 0

        # big real: a 4 GiB limit loaded in protected mode and kept
        .byte 0x66                 # LGDT with a 32-bit base
        lgdt [real_gdt - trampoline]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp 1f
1:      mov bx, 0x10
        mov fs, bx
        and al, 0xFE
        mov cr0, eax
        mov edi, 0x123000
        mov dword ptr fs:[edi], 0x600DF00D

        # and now to stay: 32 bits, then long mode by boot.inc
        mov eax, cr0
        or al, 1
        mov cr0, eax
        .byte 0x66, 0xEA           # JMP FAR with a 32-bit offset
        .long protected
        .word 0x08

service:
        inc ax
        iret
divide_handler:
        mov ax, 0xD0
        mov bp, sp
        add word ptr ss:[bp], 2
        iret
undefined_handler:
        mov ax, 6
        mov bp, sp
        add word ptr ss:[bp], 2
        iret
tick:   inc word ptr gs:[REAL+2*30]
        iret
far_one:
        mov ax, cs
        retf

        .balign 8
real_gdt:
        .word 23
        .long early_gdt
        .balign 8
        .org 0x1000

        .code32
early_gdt:
        .quad 0
        .quad 0x00CF9B000000FFFF   # 08 code, 32 bits
        .quad 0x00CF93000000FFFF   # 10 data
protected:
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov ss, eax
        jmp start
        .include "boot.inc"
main:   mov eax, [0x123000]
        result 0
        mov al, 42
        ret
