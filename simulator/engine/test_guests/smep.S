# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel on pages of its own, a program in ring 3 on user pages, SMEP on: as
# every modern kernel has it. Neither may fetch from the other's pages, also
# when the processor knows the code there well.
#
# 4..6 MiB shows 0..2 MiB to ring 3; at its own address it is the kernel's.
        .include "boot.inc"

        .set USER, 0x400000

main:   mov qword ptr [0x12010], 0x87
        mov qword ptr [0x12000], 0x83
        mov rax, cr3
        mov cr3, rax
        mov rax, cr4
        bts rax, 20                # SMEP
        mov cr4, rax
        lea rax, [rip+serve]       # vectors 0x41 and 0x42, for ring 3
        mov [0x60000+0x41*16], ax
        mov word ptr [0x60000+0x41*16+4], 0xEE00
        shr rax, 16
        mov [0x60000+0x41*16+6], ax
        lea rax, [rip+astray]
        mov [0x60000+0x42*16], ax
        mov word ptr [0x60000+0x42*16+4], 0xEE00
        shr rax, 16
        mov [0x60000+0x42*16+6], ax
        mov r8d, 50                # code that the processor knows well
1:      call known
        dec r8d
        jnz 1b
        push 0x1B
        push USER+0x8C000
        push 0x202
        push 0x23
        lea rax, [rip+program+USER]
        push rax
        iretq

        .balign 64
known:  inc r10d
        ret

        .balign 64
serve:  inc r11d
        call known
        iretq

        .balign 64
program:
        mov r8d, 100
        xor r9d, r9d
1:      int 0x41
        inc r9d
        call known                 # its own view of the same code
        dec r8d
        jnz 1b
        mov [USER+RESULTS], r9
        mov [USER+RESULTS+8], r10
        mov [USER+RESULTS+16], r11
        lea rax, [rip+2f]
        mov [USER+RESUME], rax
        mov eax, offset known      # the kernel's, fetched
        mov [USER+EXPECTED], rax
        jmp rax
2:      lea rax, [rip+3f]
        mov [USER+RESUME], rax
        mov rax, [RESULTS]         # and read
3:      lea rax, [rip+4f]
        mov [USER+RESUME], rax
        mov [RESULTS], rax         # and written
4:      lea rax, [rip+6f]          # a port that it has no right to, by a string
        mov [USER+RESUME], rax
        mov edi, USER+RESULTS+24
        mov edx, 0x80
        insb
6:      lea rax, [rip+9f]          # a push below an address that is none
        mov [USER+RESUME], rax
        mov rbx, rsp
        movabs rsp, 0x8000000000000000
        push rax
9:      mov rsp, rbx
        int 0x42

        .balign 64
astray: lea rax, [rip+5f]
        mov [RESUME], rax
        mov eax, offset known+USER # the program's, fetched by the kernel
        mov [EXPECTED], rax
        jmp rax
5:      mov rax, [USER+RESULTS]    # read: there is no SMAP
        xor eax, eax
        out 0xF4, al
