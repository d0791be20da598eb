# SPDX-License-Identifier: GPL-2.0-or-later
#
# `sti; hlt` in a loop: each HLT ends with a timer interrupt, none is lost.
        .include "boot.inc"
main:   mov r15d, 100
1:      cli
        mov rbx, [TICKS]
        nop
        sti
        hlt
        cmp rbx, [TICKS]
        je 2f                      # woken by nothing
        dec r15d
        jnz 1b
        xor eax, eax
        ret
2:      mov eax, 1
        ret
