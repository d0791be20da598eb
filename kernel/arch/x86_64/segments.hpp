// SPDX-License-Identifier: MIT
//
// Segments in 64-bit mode: what is left of them. Code and data are flat; the
// task state segment only says which stacks interrupts use. [sdm-3a §3.4.5,
// §7.2.3, §7.7 Task Management in 64-bit Mode]
#pragma once

#include <cstddef>
#include <cstdint>

namespace arch {

// Everything here is zero until init_cpu fills it, so that it lies in BSS.

// Selectors: the descriptor's offset in the GDT. Ring 0, table GDT.
constexpr std::uint16_t code_selector = 0x08;
constexpr std::uint16_t data_selector = 0x10;
constexpr std::uint16_t task_selector = 0x18;

// [sdm-3a §3.4.5, §5.2.1]
constexpr std::uint64_t flat_code_descriptor = 0x00af'9a00'0000'ffff;  // P, S, execute/read, L
constexpr std::uint64_t flat_data_descriptor = 0x00cf'9200'0000'ffff;  // P, S, read/write

// [doc:interrupt-stacks]
// Interrupt stack table slots: these exceptions get a stack of their own,
// because the current one may be the very thing that is broken. 0 means none.
enum class InterruptStack : std::uint8_t { none = 0, double_fault = 1, nmi = 2, machine_check = 3 };
// [/doc:interrupt-stacks]

// [doc:task-state]
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved0 = 0;
    std::uint64_t ring_stacks[3] = {};  // RSP0 to RSP2: we never leave ring 0
    std::uint64_t reserved1 = 0;
    std::uint64_t interrupt_stacks[7] = {};  // IST1 to IST7: the top of each stack
    std::uint64_t reserved2 = 0;
    std::uint16_t reserved3 = 0;
    std::uint16_t io_map_base = 0;  // sizeof(TaskState), beyond the limit: no I/O permission map
};
// [/doc:task-state]
static_assert(sizeof(TaskState) == 104);
static_assert(offsetof(TaskState, interrupt_stacks) == 36);
static_assert(offsetof(TaskState, io_map_base) == 102);

// The descriptor of a task state segment takes two slots. [sdm-3a figure 7-4]
struct SystemDescriptor {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};
constexpr SystemDescriptor task_descriptor(std::uint64_t base) {
    std::uint64_t const limit = sizeof(TaskState) - 1;
    std::uint64_t const available_tss = 0x89;  // P, type 9
    return {limit | ((base & 0xff'ffff) << 16) | (available_tss << 40) | (((base >> 24) & 0xff) << 56),
            base >> 32};
}
static_assert(task_descriptor(0xffff'ffff'8123'4567).low == 0x8100'8923'4567'0067);
static_assert(task_descriptor(0xffff'ffff'8123'4567).high == 0xffff'ffff);

struct DescriptorTable {
    std::uint64_t null = 0;
    std::uint64_t code = 0;
    std::uint64_t data = 0;
    SystemDescriptor task;
};
static_assert(offsetof(DescriptorTable, task) == task_selector);

// The operand of LGDT and LIDT.
struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};
static_assert(sizeof(TablePointer) == 10);

}  // namespace arch
