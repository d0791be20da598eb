# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every kind of access to a device. The board answers with the count that it
# sees; the test knows which count that has to be. BASE is the count of the
# first instruction after `marker`, told by RDTSC.
        .include "boot.inc"
        .set DEVICE, 0xFE000000
main:   mov ebx, DEVICE
        mov edi, 0x280000
        cld
        rdtsc                      # 0
        nop                        # 1
        mov eax, [rbx]             # 2
        mov [rbx+4], eax           # 3
        add dword ptr [rbx+8], 1   # 4: a read and a write
        nop                        # 5
        in al, 0x10                # 6
        out 0x11, al               # 7
        push [rbx]                 # 8: 64 bits
        pop [rbx+0x10]             # 9
        rdtsc                      # 10
        rdtscp                     # 11
        mov esi, DEVICE            # 12
        movsd                      # 13
        mov ecx, 3                 # 14
        rep movsd                  # 15, 16, 17, and 18 that ends it
        cmp byte ptr [rbx+1], 0    # 19
        xchg [rbx+0x18], eax       # 20
        mov edx, 0x12              # 21
        in eax, dx                 # 22
        out dx, ax                 # 23
        mov rsi, rdi               # 24
        mov ecx, 2                 # 25
        rep outsb                  # 26, 27, 28
        insb                       # 29
        rdtsc                      # 30
        jmp 1f                     # 31
1:      in eax, dx                 # 32: alone in its block
        jmp 2f                     # 33
2:      rdtsc                      # 34
        xor eax, eax
        ret
