// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole architectural state, out and in.
#include <algorithm>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

constexpr std::uint32_t msr_sysenter_cs = 0x174, msr_sysenter_esp = 0x175, msr_sysenter_eip = 0x176,
                        msr_kernel_gs_base = 0xC0000102;

// The FXSAVE64 image. [sdm-1 §10.5.1, table 10-2]
namespace fxsave {
constexpr std::size_t control = 0, status = 2, tag = 4, opcode = 6, instruction = 8, data = 16, mxcsr = 24,
                      mxcsr_mask = 28, st = 32, xmm = 160;
// The selectors of the last x87 instruction and operand have no place in the
// 64-bit image. They go where the format leaves room for software.
constexpr std::size_t code_selector = 464, data_selector = 466;
}  // namespace fxsave

template <typename Word>
void store(std::array<std::uint8_t, 512>& image, std::size_t at, Word word) {
    std::memcpy(&image[at], &word, sizeof word);
}
template <typename Word>
Word fetch(std::array<std::uint8_t, 512> const& image, std::size_t at) {
    Word word;
    std::memcpy(&word, &image[at], sizeof word);
    return word;
}

std::array<std::uint8_t, 512> read_fxsave(uc_engine* engine) {
    std::array<std::uint8_t, 512> image{};
    auto small = [&](int reg) {
        std::uint64_t value = 0;
        require(uc_reg_read(engine, reg, &value), "reading x87 state");
        return value;
    };
    auto const status = static_cast<std::uint16_t>(small(UC_X86_REG_FPSW));
    auto const full_tags = static_cast<std::uint16_t>(small(UC_X86_REG_FPTAG));
    std::uint8_t tags = 0;  // abridged: one bit a register, 1 for "not empty"
    for (unsigned i = 0; i < 8; ++i)
        if ((full_tags >> 2 * i & 3) != 3) tags |= static_cast<std::uint8_t>(1 << i);
    store(image, fxsave::control, static_cast<std::uint16_t>(small(UC_X86_REG_FPCW)));
    store(image, fxsave::status, status);
    store(image, fxsave::tag, tags);
    store(image, fxsave::mxcsr, static_cast<std::uint32_t>(small(UC_X86_REG_MXCSR)));
    store(image, fxsave::mxcsr_mask, std::uint32_t{0xFFFF});
    store(image, fxsave::opcode, static_cast<std::uint16_t>(small(UC_X86_REG_FOP)));
    store(image, fxsave::instruction, small(UC_X86_REG_FIP));
    store(image, fxsave::data, small(UC_X86_REG_FDP));
    store(image, fxsave::code_selector, static_cast<std::uint16_t>(small(UC_X86_REG_FCS)));
    store(image, fxsave::data_selector, static_cast<std::uint16_t>(small(UC_X86_REG_FDS)));
    unsigned const top = status >> 11 & 7;
    for (unsigned i = 0; i < 8; ++i) {  // ST(i) is physical register (top + i)
        std::uint8_t bytes[16] = {};
        require(uc_reg_read(engine, UC_X86_REG_FP0 + static_cast<int>((top + i) % 8), bytes),
                "reading x87 state");
        std::copy_n(bytes, 10, &image[fxsave::st + 16 * i]);
    }
    for (unsigned i = 0; i < 16; ++i)
        require(uc_reg_read(engine, UC_X86_REG_XMM0 + static_cast<int>(i), &image[fxsave::xmm + 16 * i]),
                "reading an XMM register");
    return image;
}

void write_fxsave(uc_engine* engine, std::array<std::uint8_t, 512> const& image) {
    auto small = [&](int reg, std::uint64_t value) {
        require(uc_reg_write(engine, reg, &value), "writing x87 state");
    };
    auto const status = fetch<std::uint16_t>(image, fxsave::status);
    std::uint16_t full_tags = 0;
    auto const tags = fetch<std::uint8_t>(image, fxsave::tag);
    for (unsigned i = 0; i < 8; ++i)
        if (!(tags >> i & 1)) full_tags |= static_cast<std::uint16_t>(3 << 2 * i);
    small(UC_X86_REG_FPCW, fetch<std::uint16_t>(image, fxsave::control));
    small(UC_X86_REG_FPSW, status);
    small(UC_X86_REG_FPTAG, full_tags);
    small(UC_X86_REG_MXCSR, fetch<std::uint32_t>(image, fxsave::mxcsr));
    small(UC_X86_REG_FOP, fetch<std::uint16_t>(image, fxsave::opcode));
    small(UC_X86_REG_FIP, fetch<std::uint64_t>(image, fxsave::instruction));
    small(UC_X86_REG_FDP, fetch<std::uint64_t>(image, fxsave::data));
    small(UC_X86_REG_FCS, fetch<std::uint16_t>(image, fxsave::code_selector));
    small(UC_X86_REG_FDS, fetch<std::uint16_t>(image, fxsave::data_selector));
    unsigned const top = status >> 11 & 7;
    for (unsigned i = 0; i < 8; ++i)
        require(uc_reg_write(engine, UC_X86_REG_FP0 + static_cast<int>((top + i) % 8),
                             &image[fxsave::st + 16 * i]),
                "writing x87 state");
    for (unsigned i = 0; i < 16; ++i)
        require(uc_reg_write(engine, UC_X86_REG_XMM0 + static_cast<int>(i), &image[fxsave::xmm + 16 * i]),
                "writing an XMM register");
}

}  // namespace

CpuState UnicornCpu::state() const {
    CpuState state;
    uc_engine* engine = live_->engine();
    for (unsigned i = 0; i < 16; ++i) state.gpr[i] = live_->read(unicorn_gpr[i]);
    state.rip = rip();
    state.rflags = rflags();
    save_hidden();
    state.es = hidden_segment(SegmentName::es);
    state.cs = hidden_segment(SegmentName::cs);
    state.ss = hidden_segment(SegmentName::ss);
    state.ds = hidden_segment(SegmentName::ds);
    state.fs = hidden_segment(SegmentName::fs);
    state.gs = hidden_segment(SegmentName::gs);
    bool const interrupts_wait = hidden_flags() & hidden_flag::interrupt_shadow;
    state.shadow = static_cast<std::uint8_t>(held_debug_ << shadow::first_breakpoint |
                                             (interrupts_wait ? shadow::interrupts : 0));
    state.privilege = static_cast<std::uint8_t>(hidden_flags() & hidden_flag::privilege);
    state.ldtr = system_segment(UC_X86_REG_LDTR);
    state.tr = system_segment(UC_X86_REG_TR);
    state.gdtr = table_register(UC_X86_REG_GDTR);
    state.idtr = table_register(UC_X86_REG_IDTR);
    state.cr0 = mmu_.mode.cr0;
    state.cr2 = cr2_;
    state.cr3 = mmu_.mode.cr3;
    state.cr4 = mmu_.mode.cr4;
    state.dr = debug_.values();
    state.efer = mmu_.mode.efer;
    state.star = star_;
    state.lstar = lstar_;
    state.cstar = cstar_;
    state.fmask = fmask_;
    state.kernel_gs_base = engine_msr(msr_kernel_gs_base);
    state.pat = pat_;
    state.tsc_aux = tsc_aux_;
    state.sysenter_cs = engine_msr(msr_sysenter_cs);
    state.sysenter_esp = engine_msr(msr_sysenter_esp);
    state.sysenter_eip = engine_msr(msr_sysenter_eip);
    state.fxsave = read_fxsave(engine);
    // What the engine has noted and nobody has looked at yet.
    auto const add = [&](std::size_t at, std::uint8_t flags) { state.fxsave[at] |= flags; };
    add(fxsave::status, x87_notes());
    add(fxsave::mxcsr, simd_notes());
    state.halted = halted_;
    state.nmi_blocked = nmi_blocked_;
    state.nmi_pending = nmi_pending_;
    state.shutdown = shutdown_;
    return state;
}

void UnicornCpu::load_registers(CpuState const& state) {
    // From the engine as it was opened: what it remembers besides the
    // architecture (an exception in flight, say) does not survive.
    require(uc_context_restore(live_->engine(), pristine_context_.get()), "resetting the registers");
    uc_engine* engine = live_->engine();

    mmu_.mode = {state.cr0, state.cr3, state.cr4, state.efer};
    cr2_ = state.cr2;
    DebugRegisters debug;
    debug.set_values(state.dr);
    set_debug_registers(debug);
    star_ = state.star;
    lstar_ = state.lstar;
    cstar_ = state.cstar;
    fmask_ = state.fmask;
    pat_ = state.pat;
    tsc_aux_ = state.tsc_aux;
    halted_ = state.halted;
    nmi_blocked_ = state.nmi_blocked;
    nmi_pending_ = state.nmi_pending;
    shutdown_ = state.shutdown;

    // The engine's own CR0 and CR4 serve the instructions that read them there
    // (SMSW) and those that check them; the MMU is ours.
    live_->write(UC_X86_REG_CR4, state.cr4);
    live_->write(UC_X86_REG_CR0, state.cr0);
    for (unsigned i = 0; i < 16; ++i) live_->write(unicorn_gpr[i], state.gpr[i]);
    set_rflags(state.rflags);
    write_fxsave(engine, state.fxsave);
    set_system_segment(UC_X86_REG_LDTR, state.ldtr);
    set_system_segment(UC_X86_REG_TR, state.tr);
    for (auto [reg, table] :
         {std::pair{UC_X86_REG_GDTR, state.gdtr}, std::pair{UC_X86_REG_IDTR, state.idtr}}) {
        uc_x86_mmr mmr{};
        mmr.base = table.base;
        mmr.limit = table.limit;
        require(uc_reg_write(engine, reg, &mmr), "writing a table register");
    }
    set_engine_msr(msr_kernel_gs_base, state.kernel_gs_base);
    set_engine_msr(msr_sysenter_cs, state.sysenter_cs);
    set_engine_msr(msr_sysenter_esp, state.sysenter_esp);
    set_engine_msr(msr_sysenter_eip, state.sysenter_eip);
    set_rip(state.rip);
    look_at_masks();

    save_hidden();
    set_hidden_segment(SegmentName::es, state.es);
    set_hidden_segment(SegmentName::cs, state.cs);
    set_hidden_segment(SegmentName::ss, state.ss);
    set_hidden_segment(SegmentName::ds, state.ds);
    set_hidden_segment(SegmentName::fs, state.fs);
    set_hidden_segment(SegmentName::gs, state.gs);
    update_hidden_flags(state.privilege, state.shadow & shadow::interrupts);
    held_debug_ = state.shadow >> shadow::first_breakpoint & 0xF;
    load_hidden();
}

void UnicornCpu::set_state(CpuState const& state, std::uint64_t retired) {
    load_registers(state);
    retired_ = retired;
    resume_at_ = state.rflags & flag::resume ? retired : ~0ull;
    pending_debug_ = carried_debug_ = 0;
    running_ = 0;
    paused_ = false;
    asked_at_.reset();
    stop_after_.reset();
    observer_stop_ = false;
    delivered_at_ = ~0ull;
    deliveries_ = 0;
    mmu_.tlb.flush(true);
    ++epoch_;
    flush_engine_tlbs();
}

void UnicornCpu::set_tlb(std::span<TlbEntry const> entries) {
    mmu_.tlb.set_entries(entries);
    ++epoch_;
    flush_engine_tlbs();
}

void UnicornCpu::reset_to_protected_mode() {
    // [pvh: "the boot protocol"]: flat 32-bit segments, paging and interrupts off.
    CpuState state;
    state.cs = {0x08, 0, 0xFFFF'FFFF, 0xC09B};
    Segment const data{0x10, 0, 0xFFFF'FFFF, 0xC093};
    state.es = state.ss = state.ds = state.fs = state.gs = data;
    state.tr = {0, 0, 0x67, 0x008B};
    state.ldtr = {0, 0, 0xFFFF, 0x0082};
    state.cr0 = 0x11;  // PE, ET
    state.dr[6] = 0xFFFF'0FF0;
    state.dr[7] = 0x400;
    // x87 and SSE after reset. [sdm-3a table 9-1]
    store(state.fxsave, fxsave::control, std::uint16_t{0x37F});
    store(state.fxsave, fxsave::mxcsr, std::uint32_t{0x1F80});
    store(state.fxsave, fxsave::mxcsr_mask, std::uint32_t{0xFFFF});
    set_state(state, retired_);
}

}  // namespace sim::engine
