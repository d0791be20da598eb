# SPDX-License-Identifier: GPL-2.0-or-later
#
# When interrupts are taken. The line is raised by OUT to port 0x20 and lowered
# by the acknowledge cycle. The handler of vector 0x41 notes the RIP it came to.
        .include "boot.inc"
        .macro raise_line
        mov eax, 1
        out 0x20, al
        .endm
        .macro note index label    # what the last record's RIP is, from `label`
        mov rcx, [LOG]
        mov rax, [rcx-RECORD+24]
        lea rcx, [rip+\label]
        sub rax, rcx
        result \index
        .endm
main:   mov ebp, 3                 # three times: blocks that are known by then too
4:      cli
        raise_line
        nop
        sti
1:      nop                        # STI: one instruction more
        nop                        # taken before this one
        note 0 1b                  # 1
        add r12, rax
        dec ebp
        jnz 4b
        mov rax, r12
        result 8                   # 3
        # a device in the middle of a block that ends with RDTSC
        mov ebx, 0xFE000000
        mov eax, 1
        sti
        nop
        jmp 3f
3:      mov [rbx+0x20], eax
1:      nop
        nop
        rdtsc
        note 9 1b                  # 0
        sti
        raise_line                 # OUT raises it: taken after OUT
1:      nop
        note 1 1b                  # 0
        cli
        raise_line
        mov eax, 0x10
        pushfq
        or qword ptr [rsp], 0x200
        popfq
1:      nop                        # POPF has no shadow
        note 2 1b                  # 0
        cli
        mov eax, 0x10
        mov edx, 1
        sti
        nop
        xchg eax, edx
        out 0x20, al               # not the last of its block
1:      mov ss, edx
        nop
        note 3 1b                  # 0
        # MOV SS: the line is raised by the device that is read before it
        mov ebx, 0xFE000000
        mov eax, 1
        mov edx, 0x10
        cli
        mov [rbx+0x20], eax
        sti
1:      mov ss, edx                # under STI's shadow, makes none of its own
2:      nop
        note 4 2b                  # 0
        mov eax, 1
        mov [rbx+0x20], eax        # taken after this MOV
1:      nop
        note 5 1b                  # 0
        # HLT with the line already up
        mov eax, 1
        cli
        mov [rbx+0x20], eax
        sti
        hlt
1:      nop
        note 6 1b                  # 0
        # HLT with interrupts off is left by nothing but NMI: the host sends one
        mov eax, 1
        cli
        mov [rbx+0x20], eax
        hlt
1:      nop
        mov rax, [LOG]
        mov rcx, [rax-RECORD]
        mov rax, rcx
        result 7                   # 2: NMI
        xor eax, eax
        mov [rbx+0x20], eax
        ret
