# SPDX-License-Identifier: GPL-2.0-or-later
#
# Flags that must outlive LOOPNE and LOOPE when the count runs out. The
# instruction before them is in the same block.
        .include "boot.inc"

        # All flags but AF, which some instructions leave undefined, and IF.
        .macro flags number
        pushfq
        pop rax
        and eax, 0xFFFFFDEF
        result \number
        .endm

        .macro once
        popfq                      # flags of another kind than the next ones
        mov ecx, 1
        pushfq
        .endm

main:   cld
        pushfq
        mov ebx, 0x2C4601
        once
        mov eax, 0x7F
        add al, bl
        loopne 2f
2:      flags 0                    # OF, SF
        once
        mov eax, 3
        cmp eax, 5
        loopne 2f
2:      flags 1                    # SF, CF
        once
        mov eax, 0x7FFFFFFF
        stc
        inc eax
        loopne 2f
2:      flags 2                    # OF, SF, PF, CF
        once
        mov eax, 0xC0000000
        shl eax, 1
        loopne 2f
2:      flags 3                    # SF, PF, CF
        once
        mov eax, 0xF0
        and eax, 0x30
        loopne 2f
2:      flags 4                    # PF
        once
        mov eax, 5
        cmp eax, 5
        loope 2f
2:      flags 5                    # ZF, PF
        once
        mov ecx, 3
        mov edx, 9
        clc
1:      dec edx
        loopne 1b
        flags 6                    # PF
        popfq
        xor eax, eax
        ret
