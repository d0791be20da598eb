// SPDX-License-Identifier: MIT
//
// Single instructions that only the kernel may use, with names.
#pragma once

#include <cstdint>

#include "kernel/base/address.hpp"
#include "kernel/base/bits.hpp"

namespace arch {

// Flags. [sdm-1 §3.4.3]
struct Rflags : base::Register<Rflags> {
    using Direction = base::Bit<10>;       // DF
    using InterruptEnable = base::Bit<9>;  // IF
    using Trap = base::Bit<8>;             // TF
    using Sign = base::Bit<7>;             // SF
    using Zero = base::Bit<6>;             // ZF
    using Carry = base::Bit<0>;            // CF
};

inline Rflags read_rflags() {
    Rflags flags;
    asm volatile("pushfq\n popq %0" : "=r"(flags.raw));
    return flags;
}

inline bool interrupts_enabled() { return read_rflags().has<Rflags::InterruptEnable>(); }
inline void enable_interrupts() { asm volatile("sti" ::: "memory"); }
inline void disable_interrupts() { asm volatile("cli" ::: "memory"); }

// [doc:interrupts-off]
// Interrupts are off while one of these lives; at its end they are as before.
// They nest. This is how all data is protected that an interrupt handler
// touches as well.
class InterruptsOff {
public:
    InterruptsOff() : before_(read_rflags()) { disable_interrupts(); }
    ~InterruptsOff() {
        if (before_.has<Rflags::InterruptEnable>()) enable_interrupts();
    }
    InterruptsOff(InterruptsOff const&) = delete;
    InterruptsOff& operator=(InterruptsOff const&) = delete;

private:
    Rflags before_;
};
// [/doc:interrupts-off]

// [doc:halt]
// Sleep until an interrupt. STI takes effect after the next instruction, so no
// interrupt can slip in between the two and be slept through.
// [sdm-2b STI, "interrupt shadow"]
inline void enable_interrupts_and_halt() { asm volatile("sti\n hlt" ::: "memory"); }
// [/doc:halt]

[[noreturn]] inline void halt_forever() {
    for (;;) asm volatile("cli\n hlt" ::: "memory");
}

inline void pause() { asm volatile("pause" ::: "memory"); }
inline void full_fence() { asm volatile("mfence" ::: "memory"); }
// Somebody will read what stands there: the compiler does not leave out what was written to it.
inline void expect_reader(void const* memory) { asm volatile("" : : "r"(memory) : "memory"); }

// How the processor works. [sdm-3a §2.5]
struct Cr0 : base::Register<Cr0> {
    using NumericError = base::Bit<5>;  // NE
};

inline Cr0 read_cr0() {
    Cr0 value;
    asm volatile("movq %%cr0, %0" : "=r"(value.raw));
    return value;
}
inline void write_cr0(Cr0 value) { asm volatile("movq %0, %%cr0" ::"r"(value.raw) : "memory"); }
inline std::uint64_t read_cr2() {  // the address of the last page fault
    std::uint64_t value;
    asm volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}
inline std::uint64_t read_dr6() {  // what the last debug exception was
    std::uint64_t value;
    asm volatile("movq %%dr6, %0" : "=r"(value));
    return value;
}
// The floating-point errors that happened and are not masked: bits 0 to 5 of the status
// word; of MXCSR. [sdm-1 §8.1.5, §10.2.3]
inline std::uint64_t read_x87_errors() {
    std::uint16_t status, control;
    asm volatile("fnstsw %0\n fnstcw %1" : "=m"(status), "=m"(control));
    return status & ~control & 0x3f;
}
inline std::uint64_t read_sse_errors() {
    std::uint32_t word;
    asm volatile("stmxcsr %0" : "=m"(word));
    return word & ~(word >> 7) & 0x3f;
}
inline std::uint64_t read_cr3() {  // the physical address of the top page table
    std::uint64_t value;
    asm volatile("movq %%cr3, %0" : "=r"(value));
    return value;
}
inline std::uint64_t read_cr4() {
    std::uint64_t value;
    asm volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}
inline void write_cr3(base::PhysAddr table) { asm volatile("movq %0, %%cr3" ::"r"(table.raw()) : "memory"); }

// [doc:invalidate]
// Forget what the TLB knows of one page. [sdm-3a §4.10.4.1]
inline void invalidate_page(base::VirtAddr page) { asm volatile("invlpg (%0)" ::"r"(page.raw()) : "memory"); }
// [/doc:invalidate]

inline std::uint64_t read_tsc() {
    std::uint32_t low, high;
    asm volatile("lfence\n rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (std::uint64_t{high} << 32) | low;
}

// A number from the processor's own generator, where CPUID promises one. False:
// it has none right now. [sdm-1 §7.3.17]
inline bool read_random(std::uint64_t& value) {
    bool there;
    asm volatile("rdrand %0" : "=r"(value), "=@ccc"(there));
    return there;
}

inline std::uint64_t read_msr(std::uint32_t number) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number) : "memory");
    return (std::uint64_t{high} << 32) | low;
}
inline void write_msr(std::uint32_t number, std::uint64_t value) {
    asm volatile("wrmsr" ::"c"(number), "a"(static_cast<std::uint32_t>(value)),
                 "d"(static_cast<std::uint32_t>(value >> 32))
                 : "memory");
}

}  // namespace arch
