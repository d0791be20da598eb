// SPDX-License-Identifier: MIT
//
// What each processor has for itself. The GS segment's base points at it, so
// one instruction finds it, whichever processor runs. There is one processor
// today; nothing outside this file may assume that.
#pragma once

#include <cstdint>

#include "kernel/arch/x86_64/segments.hpp"

namespace threads {
class Thread;
}

namespace arch {

constexpr unsigned max_cpus = 1;
constexpr std::size_t interrupt_stack_size = 4096;

struct PerCpu {
    PerCpu* self = nullptr;  // first: this_cpu() reads it through GS
    std::uint32_t index = 0;
    std::uint32_t apic_id = 0;

    // The thread that runs here, and the one that runs when nothing else can.
    threads::Thread* current_thread = nullptr;
    threads::Thread* idle_thread = nullptr;

    // Interrupt handlers do not nest: 0 or 1.
    std::uint32_t interrupt_depth = 0;
    // Set by whoever finds a better thread to run; obeyed at the end of the
    // interrupt.
    bool reschedule = false;

    std::uint64_t interrupt_counts[256] = {};  // by vector, exceptions too

    DescriptorTable descriptors;
    TaskState task_state;
    alignas(16) std::byte double_fault_stack[interrupt_stack_size];
    alignas(16) std::byte nmi_stack[interrupt_stack_size];
    alignas(16) std::byte machine_check_stack[interrupt_stack_size];
};

extern PerCpu cpus[max_cpus];

inline PerCpu& this_cpu() {
    PerCpu* cpu;
    asm("movq %%gs:0, %0" : "=r"(cpu));
    return *cpu;
}

// Gives the processor its PerCpu, descriptor table, task state and interrupt
// stacks. The first thing that runs on a processor.
void init_cpu(unsigned index);

}  // namespace arch
