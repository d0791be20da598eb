// SPDX-License-Identifier: GPL-2.0-or-later
//
// The guest of engine_version_test.cpp, which holds its bytes: 32-bit code that
// asks every device and stores what it hears at 2 MiB, computes under a timer and
// takes exceptions. To change it: gcc -m32 -c, objcopy -O binary -j .text.
.code32
.org 0
start:
  cli; cld
  mov $0x180000, %esp
  call 1f
1: pop %ebp
  sub $(1b-start), %ebp          # where we are
  lea (gdt-start)(%ebp), %eax
  mov %eax, (gdtr-start+2)(%ebp)
  lgdt (gdtr-start)(%ebp)
  lea (reload-start)(%ebp), %eax
  push $8
  push %eax
  lret
reload:
  mov $0x10, %ax
  mov %ax, %ds; mov %ax, %es; mov %ax, %ss; mov %ax, %fs; mov %ax, %gs
  mov $0x200000, %edi
# CPUID
  xor %esi, %esi
2: call leaf
  inc %esi
  cmp $0x18, %esi
  jb 2b
  mov $0x40000000, %esi
  call leaf
  mov $0x80000000, %esi
3: call leaf
  inc %esi
  cmp $0x80000009, %esi
  jb 3b
# ports
  mov $0x20, %edx
4: in %dx, %al
  stosb
  inc %edx
  cmp $0x400, %edx
  jb 4b
# PCI configuration space of bus 0
  mov $0x80000000, %esi
5: mov %esi, %eax
  mov $0xcf8, %edx
  out %eax, %dx
  mov $0xcfc, %edx
  in %dx, %eax
  stosl
  add $4, %esi
  cmp $0x80004000, %esi
  jb 5b
# local APIC, I/O APIC, HPET
  mov $0xfee00020, %esi
6: mov (%esi), %eax
  stosl
  add $0x10, %esi
  cmp $0xfee003f0, %esi
  jb 6b
  movl $1, 0xfec00000
  mov 0xfec00010, %eax
  stosl
  mov 0xfed00000, %eax
  stosl
# floating point
  mov %cr0, %eax
  and $~4, %eax
  or $2, %eax
  mov %eax, %cr0
  mov %cr4, %eax
  or $0x600, %eax
  mov %eax, %cr4
  fninit
  fldpi
  fsin
  fldpi
  fptan
  fstpt (%edi)
  add $16, %edi
  mov $12345, %eax
  cvtsi2sd %eax, %xmm1
  sqrtsd %xmm1, %xmm2
  divsd %xmm2, %xmm1
  movups %xmm1, (%edi)
  add $16, %edi
  rdtsc
  stosl
  movl $0, 0x1f0000
  movl $0, 0x1f0004
# exceptions and interrupts
  lea (tick-start)(%ebp), %eax
  mov $0x190000, %ebx
  mov $256, %ecx
7: mov %ax, (%ebx)
  movw $8, 2(%ebx)
  movw $0x8e00, 4(%ebx)
  mov %eax, %edx
  shr $16, %edx
  mov %dx, 6(%ebx)
  add $8, %ebx
  loop 7b
  lea (skip-start)(%ebp), %eax
  mov %ax, 0x190000
  mov %ax, 0x190030
  shr $16, %eax
  mov %ax, 0x190006
  mov %ax, 0x190036
  lidt (idtr-start)(%ebp)
  ud2
  xor %ecx, %ecx
  div %ecx
  int $0x30
  mov $0x11, %al; out %al, $0x20; out %al, $0xa0
  mov $0x20, %al; out %al, $0x21
  mov $0x28, %al; out %al, $0xa1
  mov $4, %al; out %al, $0x21
  mov $2, %al; out %al, $0xa1
  mov $1, %al; out %al, $0x21; out %al, $0xa1
  mov $0xfe, %al; out %al, $0x21
  mov $0xff, %al; out %al, $0xa1
  mov $0x34, %al; out %al, $0x43
  mov $0xa9, %al; out %al, $0x40
  mov $0x04, %al; out %al, $0x40
# computing, interrupted
  sti
  mov $300000, %ecx
  mov $0x12345678, %eax
8: mov %eax, %edx
  shl $13, %edx
  xor %edx, %eax
  mov %eax, %edx
  shr $17, %edx
  xor %edx, %eax
  mov %eax, %edx
  shl $5, %edx
  xor %edx, %eax
  mov %eax, %ebx
  and $0xfffc, %ebx
  add %eax, 0x280000(%ebx)
  loop 8b
  mov $5, %ecx
9: hlt
  loop 9b
  cli
  mov $0x180000, %esi
  mov $0x1a0000, %edi
  mov $0x1000, %ecx
  rep movsl
  mov $0x2a, %al
  out %al, $0xf4
  hlt
leaf:
  mov %esi, %eax
  xor %ecx, %ecx
  cpuid
  stosl
  mov %ebx, %eax; stosl
  mov %ecx, %eax; stosl
  mov %edx, %eax; stosl
  ret
tick:
  push %eax
  incl 0x1f0000
  mov $0x20, %al
  out %al, $0x20
  pop %eax
  iret
skip:
  incl 0x1f0004
  addl $2, (%esp)
  iret
.balign 8
gdt: .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdtr: .word 23
 .long 0
idtr: .word 0x7ff
 .long 0x190000
