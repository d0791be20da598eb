// SPDX-License-Identifier: MIT
//
// Interrupts and exceptions: from the processor to a C++ function.
//
// [doc:rules]
// The rules, stated once:
//  - Every gate is an interrupt gate: handlers run with interrupts off and never
//    nest. Only exceptions, NMI and machine checks may arrive inside one.
//  - A handler of a device acknowledges, notes what happened, wakes a thread and
//    returns. It never blocks and never allocates.
//  - When it returns, a thread switch may follow (see set_interrupt_end_hook).
// [/doc:rules]
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/address.hpp"
#include "kernel/base/bits.hpp"
#include "kernel/base/format.hpp"
#include "kernel/base/result.hpp"

namespace arch {

// [doc:frame]
// What lies on the stack when trap_dispatch runs: isr.S pushed the first part,
// the processor the second. Changing it changes what the interrupted code sees.
struct TrapFrame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    std::uint64_t vector;
    std::uint64_t error;  // 0 for vectors without an error code
    std::uint64_t rip, cs, rflags, rsp, ss;
};
// [/doc:frame]
static_assert(sizeof(TrapFrame) == 22 * 8);

// Exceptions. [sdm-3a table 6-1]
enum class Exception : std::uint8_t {
    divide_error = 0,
    debug = 1,
    nmi = 2,
    breakpoint = 3,
    overflow = 4,
    bound_range = 5,
    invalid_opcode = 6,
    device_not_available = 7,
    double_fault = 8,
    invalid_tss = 10,
    segment_not_present = 11,
    stack_fault = 12,
    general_protection = 13,
    page_fault = 14,
    x87_error = 16,
    alignment_check = 17,
    machine_check = 18,
    simd_error = 19,
    virtualization = 20,
    control_protection = 21,
    hypervisor_injection = 28,  // these three by AMD [amd-2 §8.2]
    vmm_communication = 29,
    security = 30,
};
constexpr unsigned exception_count = 32;

// "#PF page fault", "#DF double fault"; "reserved exception" for the gaps.
std::string_view exception_name(std::uint64_t vector);
// [doc:error-code]
// Does the processor push an error code? [sdm-3a §6.13]
constexpr bool has_error_code(std::uint64_t vector) {
    return vector < 32 && (0x6022'7d00u >> vector & 1) != 0;
}
// [/doc:error-code]

// [doc:page-fault-error]
// The error code of a page fault. [sdm-3a §4.7]
struct PageFaultError : base::Register<PageFaultError> {
    using InstructionFetch = base::Bit<4>;  // I/D
    using ReservedBit = base::Bit<3>;       // RSVD: a table entry is malformed
    using User = base::Bit<2>;              // U/S
    using Write = base::Bit<1>;             // W/R
    using Protection = base::Bit<0>;        // P: the page is there but forbids this
};
// [/doc:page-fault-error]

// What the processor notes elsewhere than on the stack: CR2 for #PF and #DF, DR6 for #DB,
// the unmasked error flags for #MF and #XM; 0 for the others.
std::uint64_t exception_detail(std::uint64_t vector);
// One line for people: "write to 0x0: the page is not mapped".
void describe_exception(base::TextSink& sink, TrapFrame const& frame, std::uint64_t detail);

// Takes an exception. True: repaired, run the instruction again. False: panic.
using ExceptionHandler = bool (*)(TrapFrame& frame);
void set_exception_handler(Exception vector, ExceptionHandler handler);

// Device interrupts. Vectors from 0x30 to 0x6d are handed out one by one.
enum class InterruptError : std::uint8_t { no_vector_left };
using InterruptHandler = void (*)(void* context);
base::Result<std::uint8_t, InterruptError> allocate_vector(InterruptHandler handler, void* context);
// How many are handed out. One is the timer's: with no other, only time wakes anybody.
unsigned device_vectors();

// For an interrupt that is no device's.
constexpr std::uint8_t watchdog_vector = 0x6e;
void set_interrupt_handler(std::uint8_t vector, InterruptHandler handler, void* context);

// The vectors in use: those above have no gate, and would be a #NP that names them.
constexpr unsigned stub_count = 0x70;
// What the APIC raises when an interrupt went away before it was taken: counted, and
// nothing else. The low four bits are 1 for the oldest APICs. [sdm-3a §10.9]
constexpr std::uint8_t spurious_vector = 0x6f;

// Loads the interrupt descriptor table on this processor.
void init_traps();

// Called at the end of every interrupt, when the interrupted code may be preempted.
void set_interrupt_end_hook(void (*hook)());

// What to do with an exception nobody handled. Defined by the kernel's panic.
[[noreturn]] void unhandled_exception(TrapFrame const& frame);

}  // namespace arch
