# SPDX-License-Identifier: GPL-2.0-or-later
#
# A little of everything, over and over, with a timer: what the determinism
# tests chop into pieces. Results are folded into SUM.
        .include "boot.inc"
        .set SUM, 0x6E000
        .set DEVICE, 0xFE000000

        .macro fold                # RAX into SUM
        mov rdx, [SUM]
        rol rdx, 7
        xor rdx, rax
        mov [SUM], rdx
        .endm

main:   mov byte ptr [0x60000+0x51*16+5], 0xEE     # vector 0x51 from ring 3
        mov ecx, 0xC0000081        # STAR, LSTAR, FMASK
        xor eax, eax
        mov edx, 0x00100008
        wrmsr
        inc ecx
        lea rax, [rip+system_call]
        mov rdx, rax
        shr rdx, 32
        wrmsr
        mov ecx, 0xC0000084
        mov eax, 0x700
        xor edx, edx
        wrmsr
        mov ecx, 0xC0000102        # KERNEL_GS_BASE
        mov eax, 0x6D000
        xor edx, edx
        wrmsr
        lea rdi, [0x280000]        # something to work on
        mov ecx, 512
        mov rax, 0x0123456789ABCDEF
1:      imul rax, rax, 0x41C64E6D
        add rax, 12345
        mov [rdi+rcx*8-8], rax
        loop 1b
        sti
        mov r15d, 12
outer:
        # arithmetic with branches
        mov ecx, 60
        xor eax, eax
1:      add rax, [0x280000+rcx*8]
        test al, 3
        jz 2f
        ror rax, 5
        cmp eax, 0x1000
        ja 2f
        bswap rax
2:      adc rax, 0
        dec ecx
        jnz 1b
        fold
        # strings
        cld
        mov esi, 0x280000
        mov edi, 0x281F80
        mov ecx, 300
        rep movsb                  # over a page boundary
        mov edi, 0x282800
        mov ecx, 70
        rep stosq
        mov esi, 0x280000
        mov edi, 0x281F80
        mov ecx, 500
        repe cmpsb
        mov rax, rcx
        fold
        mov edi, 0x280000
        mov ecx, 500
        mov al, 0x7A
        repne scasb
        mov rax, rcx
        fold
        xor ecx, ecx
        rep movsb
        # flags
        std
        pushfq
        pop rax
        cld
        fold
        lahf
        fold
        # time and devices
        rdtsc
        fold
        rdtscp
        fold
        in eax, 0x10
        fold
        mov dx, 0x10
        in al, dx
        nop
        out dx, al
        fold
        mov ebx, DEVICE
        mov eax, [rbx]
        nop
        add eax, [rbx+8]
        fold
        add [rbx+4], eax           # read-modify-write of a device
        mov rax, [rbx+0x10]
        fold
        mov [rbx+0x18], rax
        push [rbx]
        pop rax
        fold
        mov eax, 1
        cpuid
        mov eax, ebx
        fold
        xor eax, eax
        mov ecx, 0xC0000080
        rdmsr
        fold
        # SSE and x87
        cvtsi2sd xmm0, r15
        movapd xmm1, xmm0
        mulpd xmm1, xmm0
        sqrtsd xmm9, xmm1
        addsd xmm9, xmm0
        movq rax, xmm9
        fold
        fld1
        fldpi
        fmulp
        fstp qword ptr [0x283000]
        mov rax, [0x283000]
        fold
        fldpi                      # stays on the x87 stack
        fstp st(0)
        # locked
        mov rax, [0x283008]
        mov rcx, r15
        lock cmpxchg [0x283008], rcx
        lock xadd [0x283010], rcx
        mov rax, rcx
        fold
        # remapping: one virtual page, two frames
        mov rax, 0x290007
        test r15d, 1
        jz 1f
        mov rax, 0x291007
1:      mov [PT+0x110*8], rax      # 0x310000
        mov rax, [0x310000]        # maybe the old one: a stale translation
        fold
        invlpg [0x310000]
        mov [0x310000], r15
        mov rax, [0x310000]
        fold
        # a page that comes when it is touched
        mov qword ptr [PT+0x111*8], 0
        invlpg [0x311000]
        lea rax, [rip+1f]
        mov [RESUME], rax
        mov [0x311234], r15
1:      mov qword ptr [PT+0x111*8], 0x292007
        mov [0x311234], r15
        # code that changes code: the very next instruction, and a page away
        mov eax, r15d
        mov [rip+2f+1], al
        jmp 1f
1:      nop
2:      mov eax, 0x11223300
        fold
        mov [rip+3f+1], r15d
3:      mov eax, 0x55555555
        fold
        lea rdi, [0x284000]        # MOV EAX, imm32; RET, written and called
        mov byte ptr [rdi], 0xB8
        mov [rdi+1], r15d
        mov byte ptr [rdi+5], 0xC3
        call rdi
        fold
        call straddler
        fold
        # interrupts off and on
        cli
        mov ecx, 30
1:      loop 1b
        sti
        nop
        nop
        pushfq
        cli
        mov ecx, 10
1:      loop 1b
        popfq
        nop
        mov eax, 0x10
        mov ecx, 20
1:      mov ss, eax
        nop
        loop 1b
        int 0x50
        sub qword ptr [LOG], RECORD   # keep the log short
        # the trap flag
        pushfq
        or qword ptr [rsp], 0x100
        popfq
        nop
        mov eax, 5
        cpuid
        pushfq
        and qword ptr [rsp], ~0x100
        popfq
        mov rax, [LOG]
        mov qword ptr [LOG], LOG+RECORD
        fold
        # address space
        mov rax, cr3
        mov cr3, rax
        mov rax, cr0
        fold
        swapgs
        mov rax, gs:[8]
        fold
        mov gs:[8], r15
        swapgs
        # ring 3 and back
        mov [0x6E010], rsp
        to_ring_3 user
back:   mov rsp, [0x6E010]
        # wait for the timer
        test r15d, 3
        jnz 1f
        sti
        hlt
        mov rax, [TICKS]
        fold
1:      sti
        dec r15d
        jnz outer
        cli
        xor eax, eax
        ret

user:   mov ecx, 40
        xor eax, eax
1:      add eax, ecx
        xor eax, 0x5A5A
        dec ecx
        jnz 1b
        mov ebx, eax
        mov r10d, 1
        syscall
        mov r10d, 2
        syscall
        int 0x51
        lea rax, [rip+2f]          # a fault in ring 3: HLT is not for it
        mov [RESUME], rax
        hlt
2:      mov r10d, 99
        syscall
        ud2

system_call:
        cmp r10d, 99
        je 1f
        mov rax, rbx
        fold
        sysretq
1:      mov rax, [LOG]
        mov qword ptr [LOG], LOG+RECORD
        fold
        mov eax, 0x10
        jmp back

        .balign 4096
        .fill 4096-3, 1, 0x90
straddler_minus:
straddler:
        mov eax, 0x01020304        # five bytes on two pages
        add eax, r15d
        ret
