// SPDX-License-Identifier: GPL-2.0-or-later
//
// Real mode: the state to begin in, and interrupts through the vector table.
#include "simulator/engine/real_mode.hpp"

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

constexpr std::uint64_t cr0_extension_type = 1 << 4, cr0_caching_off = 0x6000'0000;  // CD, NW
// Real-mode segments: 64 KiB, read and write, accessed; code says the same. [sdm-3a §9.1.4]
constexpr std::uint32_t limit_64k = 0xFFFF, data_attributes = 0x93;

}  // namespace

CpuState after_init(CpuState const& before, std::uint32_t signature) {
    CpuState state;
    Segment const data{0, 0, limit_64k, data_attributes};
    state.es = state.ss = state.ds = state.fs = state.gs = data;
    state.cs = {0xF000, 0xFFFF'0000, limit_64k, data_attributes};
    state.rip = 0xFFF0;
    state.ldtr = {0, 0, limit_64k, 0x0082};
    state.tr = {0, 0, limit_64k, 0x008B};
    state.gdtr = state.idtr = {0, 0xFFFF};
    state.cr0 = cr0_extension_type | (before.cr0 & cr0_caching_off);
    state.dr[6] = 0xFFFF'0FF0;
    state.dr[7] = 0x400;
    state[Gpr::rdx] = signature;
    state.fxsave = before.fxsave;
    state.star = before.star;
    state.lstar = before.lstar;
    state.cstar = before.cstar;
    state.fmask = before.fmask;
    state.kernel_gs_base = before.kernel_gs_base;
    state.pat = before.pat;
    state.sysenter_cs = before.sysenter_cs;
    state.sysenter_esp = before.sysenter_esp;
    state.sysenter_eip = before.sysenter_eip;
    state.tsc_aux = before.tsc_aux;
    return state;
}

CpuState after_power_up(std::uint32_t signature) {
    CpuState fresh;
    fresh.cr0 = cr0_caching_off;
    // FCW 0040, all registers +0 and valid; MXCSR 1F80. [sdm-3a table 9-1]
    fresh.fxsave[0] = 0x40;
    fresh.fxsave[4] = 0xFF;
    fresh.fxsave[24] = 0x80;
    fresh.fxsave[25] = 0x1F;
    fresh.fxsave[28] = fresh.fxsave[29] = 0xFF;  // MXCSR_MASK
    return after_init(fresh, signature);
}

void start_up_at(CpuState& state, std::uint8_t page) {
    state.cs.selector = static_cast<std::uint16_t>(page << 8);
    state.cs.base = std::uint64_t{page} << 12;
    state.rip = 0;
}

// [sdm-3a §20.1.4] Error codes do not exist here. What is beyond the table's
// limit is #GP, which the table lacks too, in the end: shutdown.
void UnicornCpu::deliver_real(Event const& event) {
    TableRegister const idtr = table_register(UC_X86_REG_IDTR);
    if (event.vector * 4u + 3 > idtr.limit) throw general_protection();
    auto const entry = read_word<std::uint32_t>(idtr.base + event.vector * 4u);

    save_hidden();
    Segment const ss = hidden_segment(SegmentName::ss);
    Segment cs = hidden_segment(SegmentName::cs);
    std::uint64_t const stack_mask = ss.attributes >> 14 & 1 ? 0xFFFF'FFFF : 0xFFFF;
    std::uint64_t stack = gpr(Gpr::rsp);
    for (std::uint64_t const word : {rflags(), std::uint64_t{cs.selector}, rip()}) {
        stack = (stack & ~stack_mask) | ((stack - 2) & stack_mask);
        write_word(ss.base + (stack & stack_mask), static_cast<std::uint16_t>(word));
    }

    save_hidden();
    cs.selector = static_cast<std::uint16_t>(entry >> 16);
    cs.base = std::uint64_t{cs.selector} << 4;
    set_hidden_segment(SegmentName::cs, cs);
    update_hidden_flags(0, false);
    load_hidden();
    set_rflags(rflags() & ~(flag::trap | flag::interrupt | flag::resume | flag::alignment_check));
    set_gpr(Gpr::rsp, stack);
    set_rip(entry & 0xFFFF);
}

// RET FAR. Unicorn 2.1.1 loses the new RIP: it sets it before it reads the
// selector, and the hook on that read puts RIP back to the instruction. True:
// it was one, and is done.
bool UnicornCpu::return_far_in_real_mode(Instruction const& instruction) {
    bool operand_32 = code_size_ == CodeSize::bits32;
    std::size_t at = 0;
    for (; at < instruction.length; ++at) {
        std::uint8_t const byte = instruction.bytes[at];
        if (byte == 0x66)
            operand_32 = code_size_ == CodeSize::bits16;
        else if (byte != 0x67 && byte != 0x2E && byte != 0x36 && byte != 0x3E && byte != 0x26 &&
                 byte != 0x64 && byte != 0x65 && byte != 0xF2 && byte != 0xF3)
            break;
    }
    if (at >= instruction.length || (instruction.bytes[at] & 0xFE) != 0xCA) return false;
    bool const releases = instruction.bytes[at] == 0xCA;
    unsigned const released = releases ? instruction.bytes[at + 1] | instruction.bytes[at + 2] << 8 : 0;
    bool const single_step = rflags() & flag::trap;

    save_hidden();
    Segment const ss = hidden_segment(SegmentName::ss);
    std::uint64_t const stack_mask = ss.attributes >> 14 & 1 ? 0xFFFF'FFFF : 0xFFFF;
    unsigned const size = operand_32 ? 4 : 2;
    std::uint64_t const stack = gpr(Gpr::rsp);
    auto const pop = [&](unsigned offset) {
        std::uint32_t value = 0;
        read_linear(ss.base + ((stack + offset) & stack_mask), &value, size, false);
        return value;
    };
    std::uint32_t const target = pop(0);
    auto const selector = static_cast<std::uint16_t>(pop(size));

    save_hidden();
    Segment cs = hidden_segment(SegmentName::cs);
    cs.selector = selector;
    cs.base = std::uint64_t{selector} << 4;
    set_hidden_segment(SegmentName::cs, cs);
    update_hidden_flags(0, false);
    load_hidden();
    set_gpr(Gpr::rsp, (stack & ~stack_mask) | ((stack + 2 * size + released) & stack_mask));
    set_rip(target);
    ++retired_;
    if (single_step) debug_exception(dr6::single_step, DebugClass::trap);
    return true;
}

}  // namespace sim::engine
