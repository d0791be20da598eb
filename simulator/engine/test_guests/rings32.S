# SPDX-License-Identifier: GPL-2.0-or-later
#
# 32-bit protected mode without paging: ring 3, and the ways from there into
# ring 0 and back. Each handler notes what it finds on its stack.
        .intel_syntax noprefix
        .set RESULTS, 0x6E000      # records of 8 words: vector, error, EIP, CS, EFLAGS, ESP, SS, own ESP
        .set TICKS, 0x6FF08
        .code32
        .globl start
start:  mov esp, 0x90000
        lgdt [gdt_pointer]
        ljmp 0x08:1f
1:      mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov edx, offset stubs      # the IDT: 96 gates of 32 bits, DPL 0
        mov edi, 0x60000
        mov ecx, 96
2:      mov [edi], dx
        mov word ptr [edi+2], 0x08
        mov word ptr [edi+4], 0x8E00
        mov eax, edx
        shr eax, 16
        mov [edi+6], ax
        add edx, 16
        add edi, 8
        loop 2b
        mov byte ptr [0x60000+0x50*8+5], 0xEE  # an interrupt gate for ring 3
        mov byte ptr [0x60000+0x51*8+5], 0xEF  # a trap gate
        lidt [idt_pointer]
        mov eax, offset tss
        mov [gdt+0x28+2], ax
        shr eax, 16
        mov [gdt+0x28+4], al
        mov eax, 0x28
        ltr ax
        mov ebx, RESULTS
        int 0x50                   # 1 from ring 0: no other stack
        push 0x23
        push 0x8C000
        push 0x3202                # IOPL 3, for the exit
        push 0x1B
        push offset user
        iret
user:   mov eax, 0x23
        mov ds, eax
        mov es, eax
        int 0x50                   # 2
        int 0x51                   # 3 interrupts stay on
        int 0x52                   # 4 #GP(52*8+2), skipped
        ud2                        # 5
        nop
        hlt                        # 6 #GP(0)
        nop
        mov ecx, 0x08              # 7 #GP(8): MOV SS of ring 0's code
        mov ss, ecx
        xor eax, eax
        div eax                    # 8
        mov esi, 3000              # interrupts arrive here
3:      dec esi
        jnz 3b
        cmp esp, 0x8C000
        jne 4f
        mov dword ptr [tss+8], 0x13            # SS0 with another privilege: #TS, again and
        mov al, 7                              # again, and the end
        out 0x30, al
        int 0x50
4:      mov al, 1
        out 0xF4, al
        jmp 4b

        .balign 16
stubs:  .set v, 0
        .rept 96
        .balign 16
        .if v < 32 && (((1<<8)|(1<<10)|(1<<11)|(1<<12)|(1<<13)|(1<<14)|(1<<17)) >> (v & 31)) & 1
        .else
        push 0
        .endif
        push v
        jmp common
        .set v, v+1
        .endr
common: push eax
        mov eax, ss:[esp+4]
        cmp eax, 0x40
        jne 5f
        inc dword ptr [TICKS]
        jmp 6f
5:      mov [ebx], eax
        mov eax, [esp+8]
        mov [ebx+4], eax
        mov eax, [esp+12]
        mov [ebx+8], eax
        mov eax, [esp+16]
        mov [ebx+12], eax
        mov eax, [esp+20]
        mov [ebx+16], eax
        mov eax, [esp+24]          # without a change of stack: what was there before
        mov [ebx+20], eax
        mov eax, [esp+28]
        mov [ebx+24], eax
        mov [ebx+28], esp
        add ebx, 32
        cmp dword ptr [esp+4], 0x50
        jae 6f
        add dword ptr [esp+12], 2  # a fault: go on behind it
6:      pop eax
        add esp, 8
        iret

        .balign 8
gdt:    .quad 0
        .quad 0x00CF9B000000FFFF   # 08 code, ring 0
        .quad 0x00CF93000000FFFF   # 10 data, ring 0
        .quad 0x00CFFB000000FFFF   # 18 code, ring 3
        .quad 0x00CFF3000000FFFF   # 20 data, ring 3
        .quad 0x0000890000000067   # 28 TSS
gdt_end:
gdt_pointer:
        .word gdt_end - gdt - 1
        .quad gdt
idt_pointer:
        .word 96*8-1
        .quad 0x60000
        .balign 16
tss:    .long 0, 0x9C000, 0x10     # ESP0, SS0
        .fill 92, 1, 0
