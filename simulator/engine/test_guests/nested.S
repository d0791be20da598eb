# SPDX-License-Identifier: GPL-2.0-or-later
#
# Faults while a fault is delivered. [sdm-3a table 6-5]
        .include "boot.inc"

main:   mov byte ptr [0x60000+8*16+4], 1       # #DF on IST 1
        mov qword ptr [PT+0x100*8], 0          # 0x300000 is not there
        invlpg [0x300000]
        mov rbp, rsp
        # 1 a page fault whose frame cannot be pushed: #DF
        mov esp, 0x300800
        expect_fault 1f
        mov al, [0x300000]
1:      mov rsp, rbp
        # 2 #GP through a gate that is not present: #NP is contributory: #DF
        mov byte ptr [0x60000+13*16+5], 0x0E
        mov ecx, 0x12345
        expect_fault 1f
        rdmsr
1:      mov byte ptr [0x60000+13*16+5], 0x8E
        # 3 #UD (benign) through a gate that is not present: #NP, serially
        mov byte ptr [0x60000+6*16+5], 0x0E
        expect_fault 1f
        ud2
1:      mov byte ptr [0x60000+6*16+5], 0x8E
        # 4 INT n beyond the IDT's limit: #GP(n*8+2), the external bit clear
        lidt [rip+short_idt]
        expect_fault 1f
        int 0x80
1:      lidt [rip+idt_pointer]
        # 5 #UD through a gate to a data segment: #GP(selector)
        mov word ptr [0x60000+6*16+2], 0x10
        expect_fault 1f
        ud2
1:      mov word ptr [0x60000+6*16+2], 0x08
        # then three in a row: shutdown
        mov byte ptr [0x60000+8*16+5], 0x0E
        mov byte ptr [0x60000+13*16+5], 0x0E
        mov eax, 0x5A
        result 0
        rdmsr
        ud2
short_idt:
        .word 0x7F*16+15
        .quad 0x60000
