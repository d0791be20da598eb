// SPDX-License-Identifier: GPL-2.0-or-later
//
// What Unicorn forgets about segments: bases where none can be, and bases that stay.
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {

// In 64-bit code LLDT and LTR want a base that can be; the engine takes any. What else is
// wrong with the descriptor it finds by itself. [sdm-2 LLDT, LTR]
std::optional<Fault> UnicornCpu::system_segment_nowhere(Instruction const& instruction) {
    bool const task = instruction.operation == Operation::ltr;
    if ((!task && instruction.operation != Operation::lldt) || code_size_ != CodeSize::bits64 ||
        privilege_ != 0)
        return std::nullopt;
    constexpr unsigned local_table = 2, available_task = 9, present = 1 << 7, type_and_present = 0x9F,
                       from_local = 4;
    try {
        auto const selector =
            instruction.in_register
                ? static_cast<std::uint16_t>(gpr(static_cast<Gpr>(instruction.general)))
                : read_word<std::uint16_t>(effective_address(instruction, rip() + instruction.length));
        TableRegister const gdt = table_register(UC_X86_REG_GDTR);
        unsigned const at = selector & ~7u;
        if (at == 0 || selector & from_local || at + 15 > gdt.limit) return std::nullopt;
        auto const low = read_word<std::uint64_t>(gdt.base + at),
                   high = read_word<std::uint64_t>(gdt.base + at + 8);
        if ((low >> 40 & type_and_present) != (present | (task ? available_task : local_table)))
            return std::nullopt;
        std::uint64_t const base = (low >> 16 & 0xFF'FFFF) | (low >> 56 & 0xFF) << 24 | high << 32;
        if (is_canonical(base)) return std::nullopt;
        return general_protection(selector & ~3u);
    } catch (Fault const&) {
        return std::nullopt;  // the engine meets it, too
    }
}

// In 64-bit code SS may be null below ring 3, with the RPL of the ring. [sdm-2 MOV]
bool UnicornCpu::null_stack_of_another_ring(Instruction const& instruction) {
    if (instruction.operation != Operation::segment || code_size_ != CodeSize::bits64) return false;
    save_hidden();
    std::uint16_t const ss = hidden_segment(SegmentName::ss).selector,
                        cs = hidden_segment(SegmentName::cs).selector;
    auto const before =
        before_system_.at<std::uint32_t>(layout_.segments[static_cast<unsigned>(SegmentName::ss)].selector);
    return ss != before && (ss & ~3u) == 0 && (ss & 3) != (cs & 3);
}

// On the way to an outer ring segments of inner ones become null. What FS and GS add in
// 64-bit code stays; the engine forgets it, too.
void UnicornCpu::keep_bases() {
    save_hidden();
    bool changed = false;
    for (SegmentName const name : {SegmentName::fs, SegmentName::gs}) {
        auto const& place = layout_.segments[static_cast<unsigned>(name)];
        Segment now = hidden_segment(name);
        auto const base = before_system_.at<std::uint64_t>(place.base);
        if (now.selector != 0 || now.base == base ||
            (before_system_.at<std::uint32_t>(place.selector) & ~3u) == 0)
            continue;
        now.base = base;
        set_hidden_segment(name, now);
        changed = true;
    }
    if (changed) load_hidden();
}

}  // namespace sim::engine
