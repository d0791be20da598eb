# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ring 3 and back by every way, with the kernel's tables on supervisor pages.
        .include "boot.inc"

        .macro user_fault label    # announce, from ring 3: these words are user pages
        lea rax, [rip+\label]
        mov [RESUME], rax
        lea rax, [rip+7f]
        mov [EXPECTED], rax
7:
        .endm

main:   mov [RESULTS+0xF00], rsp
        mov byte ptr [0x60000+0x51*16+5], 0xEE # 0x51: DPL 3
        mov byte ptr [0x60000+0x03*16+5], 0xEE # INT3 too
        mov ecx, 0xC0000081
        xor eax, eax
        mov edx, 0x00100008
        wrmsr
        inc ecx
        lea rax, [rip+system_call]
        xor edx, edx
        wrmsr
        mov ecx, 0xC0000084
        mov eax, 0x300             # IF and TF off
        xor edx, edx
        wrmsr
        # 0..2 MiB by 4 KiB pages; GDT, TSS, IDT only for the supervisor
        mov edi, 0x1E000
        mov eax, 7
        mov ecx, 512
2:      mov [rdi], rax
        add rdi, 8
        add rax, 0x1000
        loop 2b
        lea rax, [rip+gdt_copy]
        shr rax, 12
        and qword ptr [0x1E000+rax*8], ~4
        and qword ptr [0x1E000+0x60*8], ~4
        lea rsi, [rip+gdt]
        lea rdi, [rip+gdt_copy]
        mov ecx, tss_end - gdt
        rep movsb
        lea rax, [rip+gdt_copy]
        mov [rip+new_gdt+2], rax
        lea rcx, [rip+tss_copy]
        mov [rax+0x28+2], cx
        shr rcx, 16
        mov [rax+0x28+4], cl
        mov byte ptr [rax+0x28+5], 0x89
        lgdt [rip+new_gdt]
        mov qword ptr [0x12000], 0x1E007
        mov rax, cr3
        mov cr3, rax
        mov eax, 0x28
        ltr ax
        to_ring_3 user

        .balign 16
user:   mov eax, cs
        result 0                   # 23
        mov eax, ss
        result 1                   # 1B
        # descriptor reads are the supervisor's
        mov eax, 0x1B
        mov es, eax
        mov ax, es
        result 2                   # 1B
        lar ecx, eax
        mov eax, ecx
        result 3                   # access rights
        verw word ptr [rip+selector]
        setz al
        movzx eax, al
        result 4                   # 1
        mov r10d, 0x1B
        .byte 0x45, 0x8E, 0xDA     # MOV DS, R10D with a REX.R that means nothing
        mov eax, ds
        result 10                  # 1B
        user_fault 1f              # 1 #PF(5): the table itself is not for us
        mov al, [rip+gdt_copy]
1:      user_fault 1f              # 2 #GP: HLT
        hlt
1:      user_fault 1f              # 3 #GP: CLI with IOPL 0
        cli
1:      user_fault 1f              # 4 #GP: OUT without permission
        out 0x30, al
1:      user_fault 1f              # 5 #GP: reading CR0
        mov rax, cr0
1:      user_fault 1f              # 6 #GP(40*8+2): INT to a gate of DPL 0
        int 0x40
1:      int3                       # 7 #BP
        int 0x51                   # 8
        mov ecx, 0x10
        user_fault 1f              # 9 #GP(selector): a kernel segment
        mov ds, ecx
1:      user_fault 1f              # 10 #PF(6): a write, not present
        mov [0x7FFFFFFF8000], rax
1:      mov ebx, 0x1234
        syscall                    # 11 comes back by SYSRET
        result 8                   # 0x1235
        mov ecx, 50                # interrupts arrive here
1:      dec ecx
        jnz 1b
        mov ebx, 99
        syscall
        ud2

system_call:
        cmp ebx, 98
        je done
        cmp ebx, 99
        je 1f
        mov [RESULTS+5*8], rsp     # still the user's
        mov [RESULTS+6*8], r11
        mov eax, cs
        result 7
        lea eax, [rbx+1]
        sysretq
1:      mov eax, cs
        result 9                   # 8
        mov rsp, [RESULTS+0xF00]
        # ring 3 again, with an I/O permission map that allows port 0x30
        lea rax, [rip+tss_copy]
        mov word ptr [rax+102], 104
        mov byte ptr [rax+104+6], 0xFE
        mov byte ptr [rax+104+7], 0xFF
        lea rcx, [rip+gdt_copy]
        mov word ptr [rcx+0x28], 0x70
        mov byte ptr [rcx+0x28+5], 0x89
        mov eax, 0x28
        ltr ax
        to_ring_3 user_io
user_io:
        mov eax, 0x77
        out 0x30, al               # allowed
        user_fault 1f              # 12 #GP: the next port is not, nor two bytes
        out 0x31, al
1:      user_fault 1f              # 13
        out 0x30, ax
1:      mov ebx, 98
        syscall
        ud2
done:   mov rsp, [RESULTS+0xF00]
        xor eax, eax
        ret

selector: .word 0x1B
new_gdt: .word gdt_pointer - gdt - 1
        .quad 0
        .balign 4096
gdt_copy:
        .fill tss - gdt, 1, 0
tss_copy:
        .fill 0x100, 1, 0
        .balign 4096
