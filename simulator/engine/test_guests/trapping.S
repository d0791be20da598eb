# SPDX-License-Identifier: GPL-2.0-or-later
#
# A trap after every instruction, a fault at every third: slow for whoever runs it.
        .include "boot.inc"

main:   lea rax, [rip+trap]
        mov [0x60000+16], ax
        shr rax, 16
        mov [0x60000+16+6], ax
        mov ecx, 400
        mov ebx, 0xFE000000
        push 0x102
        popfq
1:      lea rax, [rip+2f]
        mov [RESUME], rax
        mov qword ptr [LOG], LOG+RECORD
        ud2
2:      nop
        mov [rbx+0x40], eax
        mov qword ptr [RESUME], 0
        dec ecx
        jnz 1b
        push 2
        popfq
        xor eax, eax
        ret
trap:   iretq
