# SPDX-License-Identifier: GPL-2.0-or-later
#
# Straight code that touches a device with each instruction, and straight code that
# writes its own page with each. The sums tell that all of it ran.
        .include "boot.inc"
        .set DEVICE, 0xFE000000
        .set INSTRUCTIONS, 3000
main:   mov ebx, DEVICE
        .rept INSTRUCTIONS
        add byte ptr [rbx+8], 1
        .endr
        lea rbx, [rip+sum]
        jmp own
        .balign 4096
own:    .rept INSTRUCTIONS / 5
        add dword ptr [rbx], 1
        .endr
        mov eax, [rip+sum]
        result 0
        xor eax, eax
        ret
sum:    .long 0
