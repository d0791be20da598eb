// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/per_cpu.hpp"

#include "kernel/arch/x86_64/cpu.hpp"

namespace arch {

constinit PerCpu cpus[max_cpus];

namespace {

constexpr std::uint32_t msr_gs_base = 0xc000'0101;  // IA32_GS_BASE [sdm-4 table 2-2]

std::uint64_t top_of(std::byte (&stack)[interrupt_stack_size]) {
    return base::VirtAddr::of(stack + interrupt_stack_size).raw();
}

void load_descriptors(DescriptorTable& table) {
    TablePointer const pointer{sizeof table - 1, base::VirtAddr::of(&table).raw()};
    asm volatile(
        "lgdt %0\n"
        // CS can only be loaded by a far transfer: return to the next line.
        "pushq %1\n"
        "leaq 1f(%%rip), %%rax\n"
        "pushq %%rax\n"
        "lretq\n"
        "1: movw %w2, %%ds\n"
        "movw %w2, %%es\n"
        "movw %w2, %%ss\n"
        "ltr %w3\n" ::"m"(pointer),
        "i"(code_selector), "r"(data_selector), "r"(task_selector)
        : "rax", "memory");
}

}  // namespace

void init_cpu(unsigned index) {
    PerCpu& cpu = cpus[index];
    cpu.self = &cpu;
    cpu.index = index;
    cpu.task_state.interrupt_stacks[0] = top_of(cpu.double_fault_stack);
    cpu.task_state.interrupt_stacks[1] = top_of(cpu.nmi_stack);
    cpu.task_state.interrupt_stacks[2] = top_of(cpu.machine_check_stack);
    cpu.task_state.io_map_base = sizeof(TaskState);
    cpu.descriptors.code = flat_code_descriptor;
    cpu.descriptors.data = flat_data_descriptor;
    cpu.descriptors.task = task_descriptor(base::VirtAddr::of(&cpu.task_state).raw());
    load_descriptors(cpu.descriptors);
    write_msr(msr_gs_base, base::VirtAddr::of(&cpu).raw());
}

}  // namespace arch
