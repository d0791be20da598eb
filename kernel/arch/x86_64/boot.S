/* SPDX-License-Identifier: MIT
 *
 * From the loader's hand to C++: 32-bit protected mode without paging, then
 * long mode, then the top of the address space.
 *
 * A PVH loader (QEMU's -kernel, our simulator) enters at the address in the
 * note below with flat 32-bit segments, paging off, interrupts off and EBX =
 * physical address of its start information. All else is ours to set up. [pvh]
 * A multiboot2 loader (GRUB) does the same, with a certain number in EAX.
 * [multiboot2 §3.3]
 *
 * Read from top to bottom; the processor does the same.
 */

/* Control registers, [sdm-3a §2.5]; IA32_EFER, [sdm-3a §2.2.1]. */
#define CR0_PE      (1 << 0)    /* protection: on since the loader */
#define CR0_MP      (1 << 1)
#define CR0_EM      (1 << 2)    /* no x87: must be off for SSE */
#define CR0_WP      (1 << 16)   /* the kernel too obeys read-only pages */
#define CR0_PG      (1 << 31)
#define CR4_PAE     (1 << 5)    /* page-table entries of 8 bytes */
#define CR4_OSFXSR  (1 << 9)    /* applications may use SSE */
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_LA57    (1 << 12)   /* tables of five levels: ours have four */
#define CR4_CET     (1 << 23)   /* jumps only to ENDBRANCH */
#define CR4_PKS     (1 << 24)   /* keys in page-table entries */
#define MSR_EFER    0xc0000080
#define EFER_LME    (1 << 8)    /* long mode enable */
#define EFER_NXE    (1 << 11)   /* no-execute bit in page tables */

/* A page-table entry, [sdm-3a §4.5]. */
#define PRESENT     (1 << 0)
#define WRITABLE    (1 << 1)
#define LARGE       (1 << 7)    /* a 2 MiB page at this level */

#define CODE_SEGMENT 0x08
#define DATA_SEGMENT 0x10
#define SERIAL_DATA  0x3f8

/* [doc:note] */
/* The note that tells a PVH loader where to enter: name "Xen", type 18
 * (XEN_ELFNOTE_PHYS32_ENTRY), the physical address. [pvh] */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18
    .asciz "Xen"
    .quad pvh_start
/* [/doc:note] */

/* The header that a multiboot2 loader looks for in the first 32 KiB of the file.
 * It takes the rest, the entry too, from the ELF headers. [multiboot2 §3.1.1] */
    .section .boot.header, "a", @progbits
    .balign 8
header:
    .long 0xe85250d6                    /* magic */
    .long 0                             /* architecture: i386, protected mode */
    .long header_end - header
    .long -(0xe85250d6 + 0 + (header_end - header))  /* the four sum to 0 */
    .short 0, 0                         /* the tag that ends the tags */
    .long 8
header_end:

    /* [doc:entry] */
    .section .boot.text, "ax", @progbits
    .code32
    .global pvh_start
    .type pvh_start, @function
pvh_start:
    cld
    movl $boot_stack_end, %esp
    movl %ebx, %ebp                     /* start information: cpuid spoils EBX */
    movl %eax, %esi                     /* and who left it */
    /* What firmware may have left on, and would change what tables and jumps mean; and
     * CR0.TS, by which each SSE instruction would be a fault. [sdm-3a §2.5] */
    movl %cr4, %eax
    andl $~(CR4_LA57 | CR4_CET | CR4_PKS), %eax
    movl %eax, %cr4
    clts
    call require_long_mode
    call build_boot_tables
    jmp enter_long_mode
    .size pvh_start, . - pvh_start
    /* [/doc:entry] */

/* A processor without long mode gets one line on the serial port, and stops. */
    .type require_long_mode, @function
require_long_mode:
    movl $0x80000000, %eax              /* the highest extended leaf */
    cpuid
    cmpl $0x80000001, %eax
    jb 1f
    movl $0x80000001, %eax
    cpuid
    testl $(1 << 29), %edx              /* LM */
    jz 1f
    testl $(1 << 20), %edx              /* NX */
    jz 1f
    ret
1:  movl $no_long_mode, %esi
    movw $SERIAL_DATA, %dx
2:  lodsb
    testb %al, %al
    jz 3f
    outb %al, %dx
    jmp 2b
3:  hlt
    jmp 3b
    .size require_long_mode, . - require_long_mode

/* [doc:maps] */
/* The first page tables: the first GiB of physical memory, in 2 MiB pages, seen
 * at three places. The kernel replaces them as soon as it can allocate.
 *
 *     0x0000000000000000  where we run now       (PML4 entry 0)
 *     0xffff800000000000  the direct map         (PML4 entry 256)
 *     0xffffffff80000000  where the kernel runs  (PML4 entry 511, PDPT entry 510)
 */
/* [/doc:maps] */
    .type build_boot_tables, @function
build_boot_tables:
/* [lab:01-tables] */
    xorl %eax, %eax                     /* memory holds anything: clear all four */
    movl $boot_pml4, %edi
    movl $(4 * 4096 / 4), %ecx
    rep stosl

    movl $(boot_pdpt_low + PRESENT + WRITABLE), boot_pml4 + 0 * 8
    movl $(boot_pdpt_low + PRESENT + WRITABLE), boot_pml4 + 256 * 8
    movl $(boot_pdpt_high + PRESENT + WRITABLE), boot_pml4 + 511 * 8
    movl $(boot_pd + PRESENT + WRITABLE), boot_pdpt_low + 0 * 8
    movl $(boot_pd + PRESENT + WRITABLE), boot_pdpt_high + 510 * 8

    movl $(PRESENT + WRITABLE + LARGE), %eax
    movl $boot_pd, %edi
1:  movl %eax, (%edi)                   /* the entry's high half stays zero: below 4 GiB */
    addl $0x200000, %eax
    addl $8, %edi
    cmpl $(boot_pd + 4096), %edi
    jb 1b
/* [/lab:01-tables] */
    ret
    .size build_boot_tables, . - build_boot_tables

/* [doc:enter-long-mode] */
/* The order is the processor's: PAE, tables, LME, and only then PG. Setting PG
 * with LME and without PAE is a general protection fault, and with no IDT yet,
 * a triple fault. [sdm-3a §9.8.5 Initializing IA-32e Mode] */
    .type enter_long_mode, @function
enter_long_mode:
/* [lab:01-long-mode] */
    movl %cr4, %eax
    orl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
    movl %eax, %cr4

    movl $boot_pml4, %eax
    movl %eax, %cr3

    movl $MSR_EFER, %ecx
    rdmsr
    orl $(EFER_LME | EFER_NXE), %eax
    wrmsr

    movl %cr0, %eax
    andl $~CR0_EM, %eax
    orl $(CR0_PG | CR0_WP | CR0_MP | CR0_PE), %eax
    movl %eax, %cr0
    /* Now in compatibility mode. The next instruction is fetched through the
     * new tables: it must lie at the same address in them, hence the first of
     * the three maps. A far jump to a 64-bit code segment ends the 32-bit world. */
    lgdt boot_gdt_pointer
    ljmp $CODE_SEGMENT, $long_mode_start
/* [/lab:01-long-mode] */
    .size enter_long_mode, . - enter_long_mode
/* [/doc:enter-long-mode] */

    .code64
/* [doc:long-mode-start] */
/* The first 64-bit code. The segment registers still hold what the loader put
 * there: descriptors of a table that is no longer loaded. */
    .type long_mode_start, @function
long_mode_start:
/* [lab:01-upper-half] */
    movw $DATA_SEGMENT, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movq $higher_half_start, %rax       /* a relative jump would only just reach it */
    jmp *%rax
/* [/lab:01-upper-half] */
/* [/doc:long-mode-start] */
    .size long_mode_start, . - long_mode_start

    .section .boot.rodata, "a", @progbits
no_long_mode:
    .asciz "vivarium: this processor has no 64-bit mode with no-execute pages\n"

/* [doc:gdt] */
/* Descriptors of the flat 64-bit segments; base and limit are ignored, L says
 * 64-bit. The kernel soon loads its own table. [sdm-3a §3.4.5] */
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff            /* code: present, ring 0, L */
    .quad 0x00cf92000000ffff            /* data: present, ring 0, writable */
boot_gdt_end:
boot_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .long boot_gdt
/* [/doc:gdt] */

    .section .boot.bss, "aw", @nobits
    .balign 4096
    .global boot_pml4
boot_pml4:       .skip 4096
boot_pdpt_low:   .skip 4096
boot_pdpt_high:  .skip 4096
boot_pd:         .skip 4096
boot_stack:      .skip 256              /* for three calls */
boot_stack_end:

/* From here on: 64-bit, higher half. EBP still holds the start information, ESI the
 * loader's number. */
    .text
    .type higher_half_start, @function
/* [doc:higher-half] */
higher_half_start:
    /* C++ relies on it that its variables are zero. Most loaders clear what the file
     * has no bytes for, but the protocol does not promise it. [pvh] */
/* [lab:01-bss] */
    xorl %eax, %eax
    movq $bss_start, %rdi
    movq $bss_end, %rcx
    subq %rdi, %rcx
    shrq $3, %rcx                       /* both ends are aligned to 8 bytes */
    rep stosq
/* [/lab:01-bss] */
/* [lab:01-call] */
    movq $first_stack_end, %rsp
    movl %esi, %edi                     /* kernel_main's arguments: the number, */
    movl %ebp, %esi                     /* and where the information is */
    xorl %ebp, %ebp                     /* a null frame pointer ends every backtrace */
    call kernel_main
/* [/lab:01-call] */
/* [/doc:higher-half] */
1:  cli                                 /* never reached: kernel_main does not return */
    hlt
    jmp 1b
    .size higher_half_start, . - higher_half_start

/* The stack of the first thread. Its lowest page is unmapped later: the guard. */
    .bss
    .balign 4096
    .global first_stack_guard, first_stack_end
first_stack_guard: .skip 4096
first_stack:       .skip 16384
first_stack_end:
    .section .note.GNU-stack, "", @progbits
