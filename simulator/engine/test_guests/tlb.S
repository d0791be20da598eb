# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the guest can see of the TLB. 0x2A0000 holds 0xAA.., 0x2A1000 0xBB..;
# 0x310000 and 0x311000 are mapped to the one or the other. Each result is the
# byte that a read through 0x310000 gave.
        .include "boot.inc"

        .macro see index
        movzx eax, byte ptr [0x310000]
        result \index
        .endm
        .macro map_to frame
        mov qword ptr [PT+0x110*8], \frame
        .endm

main:   mov byte ptr [0x2A0000], 0xAA
        mov byte ptr [0x2A1000], 0xBB
        map_to 0x2A0007
        invlpg [0x310000]
        see 0                      # AA
        map_to 0x2A1007
        see 1                      # still AA: stale
        .globl at_stale
        out 0x30, al               # the host looks here
        see 2                      # still AA, whatever the host did
        invlpg [0x310123]
        see 3                      # BB
        map_to 0x2A0007
        mov rax, cr3
        mov cr3, rax
        see 4                      # AA: CR3 flushes
        map_to 0x2A0107            # global
        invlpg [0x310000]
        see 5                      # AA
        map_to 0x2A1107
        mov rax, cr3
        mov cr3, rax
        see 6                      # AA: global pages stay
        mov rax, cr4
        btc rax, 7
        mov cr4, rax
        btc rax, 7
        mov cr4, rax
        see 7                      # BB: CR4.PGE flushes all
        # permission: more than the tables give is stale, less is not
        map_to 0x2A1007
        mov rax, cr3
        mov cr3, rax
        invlpg [0x310000]
        mov byte ptr [0x310000], 0xBB
        map_to 0x2A1005
        mov byte ptr [0x310000], 0xBC          # stale right to write
        see 8                      # BC
        invlpg [0x310000]
        see 9
        map_to 0x2A1007
        mov byte ptr [0x310000], 0xBD          # no fault: the tables are asked first
        see 10                     # BD
        # accessed and dirty
        map_to 0x2A1007
        invlpg [0x310000]
        mov rax, [PT+0x110*8]
        result 11                  # neither
        mov cl, [0x310000]
        mov rax, [PT+0x110*8]
        result 12                  # accessed
        mov [0x310000], cl
        mov rax, [PT+0x110*8]
        result 13                  # and dirty
        mov qword ptr [PT+0x110*8], 0x2A1007
        mov [0x310000], cl
        mov rax, [PT+0x110*8]
        result 14                  # the TLB knows it dirty: not set again
        # an execute permission that went away stays until a flush
        mov byte ptr [0x2A1000], 0xC3          # RET
        mov eax, 0x310000
        call rax
        mov rax, 0x80000000002A1007
        mov [PT+0x110*8], rax
        mov eax, 0x310000
        call rax                   # stale: no fault
        invlpg [0x310000]
        expect_fault 1f
        jmp 2f
2:      mov eax, 0x310000
        jmp rax
1:      # a large page that goes: one INVLPG anywhere in it is enough
        mov rax, [0x12018]         # 6..8 MiB
        mov byte ptr [0x2A2000], 0xDD
        mov qword ptr [0x12008+0x10], 0x200087 # 6..8 MiB now shows 2..4 MiB
        invlpg [0x600000]
        movzx eax, byte ptr [0x6A2000]
        result 15                  # DD
        mov qword ptr [0x12008+0x10], 0x000087
        movzx eax, byte ptr [0x6A2000]
        result 16                  # still DD
        invlpg [0x7FF000]
        movzx eax, byte ptr [0x6A2000]
        result 17                  # what is at 0xA2000: 0
        xor eax, eax
        ret
