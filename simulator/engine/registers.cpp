// SPDX-License-Identifier: GPL-2.0-or-later
//
// Registers of the live engine, the hidden ones too.
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {

void UnicornCpu::live_on(Core& core) {
    if (live_ == &core) return;
    require(uc_context_save(live_->engine(), context_.get()), "saving registers");
    require(uc_context_restore(core.engine(), context_.get()), "moving registers");
    live_ = &core;
}

std::uint64_t UnicornCpu::engine_msr(std::uint32_t index) const {
    uc_x86_msr msr{index, 0};
    require(uc_reg_read(live_->engine(), UC_X86_REG_MSR, &msr), "reading an MSR");
    return msr.value;
}

void UnicornCpu::set_engine_msr(std::uint32_t index, std::uint64_t value) {
    uc_x86_msr msr{index, value};
    require(uc_reg_write(live_->engine(), UC_X86_REG_MSR, &msr), "writing an MSR");
}

TableRegister UnicornCpu::table_register(int reg) const {
    uc_x86_mmr mmr{};
    require(uc_reg_read(live_->engine(), reg, &mmr), "reading a table register");
    return {mmr.base, static_cast<std::uint16_t>(mmr.limit)};
}

// LDTR and TR. The engine keeps the descriptor's upper half, as it does for the
// others: attributes at bits 8..15 and 20..23.
Segment UnicornCpu::system_segment(int reg) const {
    uc_x86_mmr mmr{};
    require(uc_reg_read(live_->engine(), reg, &mmr), "reading a system segment");
    return {mmr.selector, mmr.base, mmr.limit, mmr.flags >> 8 & 0xF0FF};
}

void UnicornCpu::set_system_segment(int reg, Segment const& segment) {
    uc_x86_mmr mmr{};
    mmr.selector = segment.selector;
    mmr.base = segment.base;
    mmr.limit = segment.limit;
    mmr.flags = (segment.attributes & 0xF0FF) << 8;
    require(uc_reg_write(live_->engine(), reg, &mmr), "writing a system segment");
}

void UnicornCpu::save_hidden() const {
    require(uc_context_save(live_->engine(), context_.get()), "saving the context");
}

void UnicornCpu::load_hidden() {
    require(uc_context_restore(live_->engine(), context_.get()), "restoring the context");
}

Segment UnicornCpu::hidden_segment(SegmentName name) const {
    auto const& place = layout_.segments[static_cast<unsigned>(name)];
    return {static_cast<std::uint16_t>(context_.at<std::uint32_t>(place.selector)),
            context_.at<std::uint64_t>(place.base), context_.at<std::uint32_t>(place.limit),
            context_.at<std::uint32_t>(place.attributes) >> 8 & 0xF0FF};
}

void UnicornCpu::set_hidden_segment(SegmentName name, Segment const& segment) {
    auto const& place = layout_.segments[static_cast<unsigned>(name)];
    context_.put<std::uint32_t>(place.selector, segment.selector);
    context_.put<std::uint64_t>(place.base, segment.base);
    context_.put<std::uint32_t>(place.limit, segment.limit);
    context_.put<std::uint32_t>(place.attributes, (segment.attributes & 0xF0FF) << 8);
}

std::uint32_t UnicornCpu::hidden_flags() const { return context_.at<std::uint32_t>(layout_.hidden_flags); }

bool UnicornCpu::interrupt_shadow() const {
    save_hidden();
    return hidden_flags() & hidden_flag::interrupt_shadow;
}

void UnicornCpu::set_interrupt_shadow(bool on) {
    std::uint32_t flags = hidden_flags() & ~hidden_flag::interrupt_shadow;
    context_.put<std::uint32_t>(layout_.hidden_flags, flags | (on ? hidden_flag::interrupt_shadow : 0));
}

// The engine derives these flags when it loads a segment or a control register
// itself; after a change of ours, we do, in the saved context.
void UnicornCpu::update_hidden_flags(unsigned privilege, bool shadow) {
    using namespace hidden_flag;
    constexpr std::uint32_t big = 1 << 14, long_code = 1 << 13;  // D/B and L, in Segment::attributes
    Segment const cs = hidden_segment(SegmentName::cs), ss = hidden_segment(SegmentName::ss);
    PagingMode const& mode = mmu_.mode;
    bool const protected_mode = mode.cr0 & 1;
    std::uint32_t flags = privilege;
    if (shadow) flags |= hidden_flag::interrupt_shadow;
    if (protected_mode) flags |= protection;
    if (mode.cr0 & 1 << 1) flags |= monitor_coprocessor;
    if (mode.cr0 & 1 << 2) flags |= emulate_coprocessor;
    if (mode.cr0 & 1 << 3) flags |= task_switched;
    if (mode.cr4 & 1 << 9) flags |= fxsave;
    if (mode.long_mode()) flags |= long_mode;
    if (mode.long_mode() && (cs.attributes & long_code)) {
        flags |= code_64 | code_32 | stack_32;
        code_size_ = CodeSize::bits64;
    } else {
        if (cs.attributes & big) flags |= code_32;
        if (ss.attributes & big) flags |= stack_32;
        bool const flat = protected_mode && (flags & code_32) && !hidden_segment(SegmentName::ds).base &&
                          !hidden_segment(SegmentName::es).base && !ss.base;
        if (!flat) flags |= add_segment_base;
        code_size_ = cs.attributes & big ? CodeSize::bits32 : CodeSize::bits16;
    }
    code_base_ = cs.base;
    constexpr std::uint32_t ours = hidden_flag::privilege | hidden_flag::interrupt_shadow | code_32 |
                                   stack_32 | add_segment_base | protection | monitor_coprocessor |
                                   emulate_coprocessor | task_switched | long_mode | code_64 | fxsave;
    context_.put<std::uint32_t>(layout_.hidden_flags, (hidden_flags() & ~ours) | flags);
    set_privilege(privilege);
}

// The engine may have changed segments: look what the mode is now.
void UnicornCpu::refresh_mode() {
    save_hidden();
    std::uint32_t const flags = hidden_flags();
    CodeSize const before = code_size_;
    code_base_ = hidden_segment(SegmentName::cs).base;
    set_privilege(flags & hidden_flag::privilege);
    code_size_ = flags & hidden_flag::code_64   ? CodeSize::bits64
                 : flags & hidden_flag::code_32 ? CodeSize::bits32
                                                : CodeSize::bits16;
    if (code_size_ != before) ++epoch_;
}

}  // namespace sim::engine
