# SPDX-License-Identifier: GPL-2.0-or-later
#
# The page fault's handler is on a page that is not there, and its stack comes
# from the TSS: page faults without end, and no instruction between them.
        .include "boot.inc"

main:   mov qword ptr [PT+0x110*8], 0
        invlpg [0x310000]
        mov dword ptr [0x60000+14*16], 0x00080000
        mov dword ptr [0x60000+14*16+4], 0x00318E01   # 0x310000, IST 1
        mov dword ptr [0x60000+14*16+8], 0
        mov al, [0x310000]
        xor eax, eax
        ret
