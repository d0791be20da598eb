// SPDX-License-Identifier: GPL-2.0-or-later
//
// The instructions that we execute ourselves: those whose effect must come at
// an exact count, and those that Unicorn leaves out. [sdm-2]
#include <utility>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

constexpr std::uint32_t msr_sysenter_cs = 0x174, msr_sysenter_esp = 0x175, msr_sysenter_eip = 0x176;

// Writing a 32-bit result clears the upper half; smaller ones keep the rest.
// [sdm-1 §3.4.1.1]
std::uint64_t merge(std::uint64_t old, std::uint64_t value, unsigned bytes) {
    switch (bytes) {
        case 1:
            return (old & ~0xFFull) | (value & 0xFF);
        case 2:
            return (old & ~0xFFFFull) | (value & 0xFFFF);
        case 4:
            return value & 0xFFFF'FFFF;
        default:
            return value;
    }
}

}  // namespace

// The instruction at RIP. It counts when it completes; a fault leaves RIP where
// it is.
void UnicornCpu::emulate(Instruction const& instruction) {
    bool const shadow = interrupt_shadow();
    bool const single_step = rflags() & flag::trap;
    VirtAddr const at = rip();
    VirtAddr next = at + instruction.length;
    if (code_size_ != CodeSize::bits64) next &= code_size_ == CodeSize::bits16 ? 0xFFFF : 0xFFFF'FFFF;
    try {
        pending_debug_ = 0;
        emulate_operation(instruction, next);
    } catch (Fault const& fault) {
        settle();
        pending_debug_ = 0;
        if (fault.vector == vector::debug) return debug_exception(dr6::access_detected, DebugClass::fault);
        raise(fault);
        return;
    }
    settle();
    ++retired_;
    set_rip(next);
    if (shadow) {
        save_hidden();
        set_interrupt_shadow(false);
        load_hidden();
    }
    // INT n and its relatives are delivered by now with RIP after them; their
    // handler starts without the trap flag.
    switch (instruction.operation) {
        case Operation::int3:
            return deliver({EventKind::software, vector::breakpoint, {}, 0, at});
        case Operation::int_n:
            return deliver({EventKind::software, instruction.immediate, {}, 0, at});
        case Operation::int1:
            return debug_exception(0, DebugClass::trap);
        case Operation::into:
            if (rflags() >> 11 & 1) return deliver({EventKind::software, vector::overflow, {}, 0, at});
            break;
        default:
            break;
    }
    std::uint64_t why = std::exchange(pending_debug_, 0);
    // SYSCALL and SYSRET look at TF when they are done: the kernel is not stepped into when
    // FMASK clears it, and a step that began before SYSCALL ends with SYSRET.
    bool const looks_late =
        instruction.operation == Operation::syscall || instruction.operation == Operation::sysret;
    if (looks_late ? rflags() & flag::trap : single_step) why |= dr6::single_step;
    if (why) debug_exception(why, DebugClass::trap);
}

void UnicornCpu::emulate_operation(Instruction const& instruction, VirtAddr& next) {
    unsigned const bytes = instruction.operand_bytes;
    auto const general = static_cast<Gpr>(instruction.general);
    auto set_pair = [&](std::uint64_t value) {
        set_gpr(Gpr::rax, value & 0xFFFF'FFFF);
        set_gpr(Gpr::rdx, value >> 32);
    };
    bool const time_stamp_disabled = privilege_ != 0 && (mmu_.mode.cr4 >> 2 & 1);
    switch (instruction.operation) {
        case Operation::in_imm:
        case Operation::in_dx: {
            auto const port = instruction.operation == Operation::in_imm
                                  ? std::uint16_t{instruction.immediate}
                                  : static_cast<std::uint16_t>(gpr(Gpr::rdx));
            check_io_permission(port, bytes);
            met_port(port, bytes);
            std::uint32_t const value = wiring_.port_read(port, bytes);
            set_gpr(Gpr::rax, merge(gpr(Gpr::rax), value, bytes));
            return;
        }
        case Operation::out_imm:
        case Operation::out_dx: {
            auto const port = instruction.operation == Operation::out_imm
                                  ? std::uint16_t{instruction.immediate}
                                  : static_cast<std::uint16_t>(gpr(Gpr::rdx));
            check_io_permission(port, bytes);
            met_port(port, bytes);
            std::uint64_t const mask = (std::uint64_t{1} << 8 * bytes) - 1;
            wiring_.port_write(port, bytes, static_cast<std::uint32_t>(gpr(Gpr::rax) & mask));
            return;
        }
        case Operation::hlt:
            require_ring_0();
            halted_ = true;
            return;
        case Operation::int3:
        case Operation::int1:
        case Operation::int_n:
        case Operation::into:
            return;  // delivered by emulate(), after the instruction
        case Operation::syscall: {
            syscall(next);
            next = rip();
            return;
        }
        case Operation::sysret:
            next = sysret(bytes == 8);
            return;
        case Operation::sysenter:
            next = sysenter();
            return;
        case Operation::sysexit:
            next = sysexit(bytes == 8);
            return;
        case Operation::cpuid: {
            CpuidResult const result = wiring_.cpuid(static_cast<std::uint32_t>(gpr(Gpr::rax)),
                                                     static_cast<std::uint32_t>(gpr(Gpr::rcx)));
            set_gpr(Gpr::rax, result.eax);
            set_gpr(Gpr::rbx, result.ebx);
            set_gpr(Gpr::rcx, result.ecx);
            set_gpr(Gpr::rdx, result.edx);
            return;
        }
        case Operation::rdtscp:
            if (time_stamp_disabled) throw general_protection();
            set_pair(wiring_.time_stamp_counter());
            set_gpr(Gpr::rcx, tsc_aux_ & 0xFFFF'FFFF);
            return;
        case Operation::rdtsc:
            if (time_stamp_disabled) throw general_protection();
            return set_pair(wiring_.time_stamp_counter());
        case Operation::rdpmc:
            throw general_protection();  // there are no counters
        case Operation::rdmsr:
            require_ring_0();
            return set_pair(read_msr(static_cast<std::uint32_t>(gpr(Gpr::rcx))));
        case Operation::wrmsr:
            require_ring_0();
            return write_msr(static_cast<std::uint32_t>(gpr(Gpr::rcx)),
                             (gpr(Gpr::rax) & 0xFFFF'FFFF) | gpr(Gpr::rdx) << 32);
        case Operation::mov_from_cr: {
            require_ring_0();
            std::uint64_t const value = read_control(instruction.control);
            return set_gpr(general, instruction.long_code ? value : value & 0xFFFF'FFFF);
        }
        case Operation::mov_to_cr:
            require_ring_0();
            return write_control(instruction.control,
                                 instruction.long_code ? gpr(general) : gpr(general) & 0xFFFF'FFFF);
        case Operation::mov_from_dr:
        case Operation::mov_to_dr:
            return move_debug_register(instruction);
        case Operation::smsw:
            // The manual leaves the upper half undefined; processors give that of CR0, Unicorn the old one.
            return set_gpr(general, merge(gpr(general), mmu_.mode.cr0, bytes));
        case Operation::clts:
            require_ring_0();
            return write_cr0(mmu_.mode.cr0 & ~std::uint64_t{1 << 3});
        case Operation::invlpg: {
            require_ring_0();
            VirtAddr const address = effective_address(instruction, next);
            mmu_.tlb.remove(address);
            ++epoch_;
            flush_engine_tlbs();
            return;
        }
        case Operation::pause:
            paused_ = true;
            return;
        case Operation::none:
        case Operation::string_io:
        case Operation::iret:
        case Operation::segment:
        case Operation::lmsw:
        case Operation::lldt:
        case Operation::ltr:
        case Operation::load_table:
        case Operation::load_mxcsr:
        case Operation::rotate_carry:
            throw invalid_opcode();  // not ours
    }
}

// [sdm-1 §19.5 "I/O privilege level" and "I/O permission bit map"]
void UnicornCpu::check_io_permission(std::uint16_t port, unsigned bytes) {
    if (!(mmu_.mode.cr0 & 1)) return;
    if (privilege_ <= (rflags() & flag::io_privilege) >> 12) return;
    Segment const tr = system_segment(UC_X86_REG_TR);
    unsigned const type = tr.attributes & 0xF;
    if ((type != 9 && type != 11) || tr.limit < 103) throw general_protection();
    unsigned const at = read_word<std::uint16_t>(tr.base + 102) + port / 8u;
    if (at + 1 > tr.limit) throw general_protection();  // the last byte must be there too
    unsigned const denied = read_word<std::uint16_t>(tr.base + at) >> (port % 8);
    if (denied & ((1u << bytes) - 1)) throw general_protection();
}

// In 64-bit code only, as on Intel's processors: IA32_CSTAR is kept and not used.
// [sdm-2 SYSCALL]
void UnicornCpu::syscall(VirtAddr next) {
    if (code_size_ != CodeSize::bits64 || !(mmu_.mode.efer & 1)) throw invalid_opcode();
    std::uint64_t const flags = rflags();
    set_gpr(Gpr::rcx, next);
    set_gpr(Gpr::r11, flags & ~flag::resume);
    auto const selector = static_cast<std::uint16_t>(star_ >> 32 & 0xFFFC);
    save_hidden();
    set_hidden_segment(SegmentName::cs, {selector, 0, 0xFFFF'FFFF, 0xA09B});
    set_hidden_segment(SegmentName::ss, {static_cast<std::uint16_t>(selector + 8), 0, 0xFFFF'FFFF, 0xC093});
    update_hidden_flags(0, false);
    load_hidden();
    set_rflags(flags & ~(fmask_ | flag::resume));
    set_rip(lstar_);
}

// [sdm-2 SYSRET]
VirtAddr UnicornCpu::sysret(bool to_64) {
    if (!mmu_.mode.long_mode() || !(mmu_.mode.efer & 1) || code_size_ != CodeSize::bits64)
        throw invalid_opcode();
    require_ring_0();
    std::uint64_t const target = to_64 ? gpr(Gpr::rcx) : gpr(Gpr::rcx) & 0xFFFF'FFFF;
    if (!is_canonical(target)) throw general_protection();
    std::uint64_t const flags = (gpr(Gpr::r11) & 0x3C'7FD7) | 2;
    auto const base = static_cast<std::uint16_t>(star_ >> 48);
    auto const cs = static_cast<std::uint16_t>((base + (to_64 ? 16 : 0)) | 3),
               ss = static_cast<std::uint16_t>((base + 8) | 3);
    save_hidden();
    set_hidden_segment(SegmentName::cs, {cs, 0, 0xFFFF'FFFF, to_64 ? 0xA0FBu : 0xC0FBu});
    set_hidden_segment(SegmentName::ss, {ss, 0, 0xFFFF'FFFF, 0xC0F3});
    if (!to_64) ++epoch_;
    update_hidden_flags(3, false);
    load_hidden();
    set_rflags(flags);
    return target;
}

// [sdm-2 SYSENTER]
VirtAddr UnicornCpu::sysenter() {
    auto const selector = static_cast<std::uint16_t>(engine_msr(msr_sysenter_cs) & 0xFFFC);
    if (!(mmu_.mode.cr0 & 1) || selector == 0) throw general_protection();
    bool const to_64 = mmu_.mode.long_mode(), from_64 = code_size_ == CodeSize::bits64;
    std::uint64_t const mask = to_64 ? ~0ull : 0xFFFF'FFFF;
    save_hidden();
    set_hidden_segment(SegmentName::cs, {selector, 0, 0xFFFF'FFFF, to_64 ? 0xA09Bu : 0xC09Bu});
    set_hidden_segment(SegmentName::ss, {static_cast<std::uint16_t>(selector + 8), 0, 0xFFFF'FFFF, 0xC093});
    if (from_64 != to_64) ++epoch_;
    update_hidden_flags(0, false);
    load_hidden();
    set_rflags(rflags() & ~(flag::virtual_8086 | flag::interrupt));
    set_gpr(Gpr::rsp, engine_msr(msr_sysenter_esp) & mask);
    return engine_msr(msr_sysenter_eip) & mask;
}

// [sdm-2 SYSEXIT]
VirtAddr UnicornCpu::sysexit(bool to_64) {
    auto const base = static_cast<std::uint16_t>(engine_msr(msr_sysenter_cs) & 0xFFFC);
    if (!(mmu_.mode.cr0 & 1) || base == 0) throw general_protection();
    require_ring_0();
    std::uint64_t const mask = to_64 ? ~0ull : 0xFFFF'FFFF;
    VirtAddr const target = gpr(Gpr::rdx) & mask, stack = gpr(Gpr::rcx) & mask;
    if (!is_canonical(target) || !is_canonical(stack)) throw general_protection();
    auto const cs = static_cast<std::uint16_t>((base + (to_64 ? 32 : 16)) | 3);
    save_hidden();
    set_hidden_segment(SegmentName::cs, {cs, 0, 0xFFFF'FFFF, to_64 ? 0xA0FBu : 0xC0FBu});
    set_hidden_segment(SegmentName::ss, {static_cast<std::uint16_t>(cs + 8), 0, 0xFFFF'FFFF, 0xC0F3});
    if (to_64 != (code_size_ == CodeSize::bits64)) ++epoch_;
    update_hidden_flags(3, false);
    load_hidden();
    set_gpr(Gpr::rsp, stack);
    return target;
}

VirtAddr UnicornCpu::effective_address(Instruction const& instruction, VirtAddr next) {
    auto const operand = decoder_.memory_operand(instruction, next - instruction.length, code_size_);
    if (!operand) throw invalid_opcode();
    return address_of(*operand, next);
}

VirtAddr UnicornCpu::address_of(Decoder::MemoryOperand const& memory, VirtAddr next) {
    Decoder::MemoryOperand const* const operand = &memory;
    std::uint64_t address = static_cast<std::uint64_t>(operand->displacement);
    if (operand->base) address += gpr(*operand->base);
    if (operand->index) address += gpr(*operand->index) * operand->scale;
    if (operand->rip_relative) address += next;
    if (operand->address_bytes == 4) address &= 0xFFFF'FFFF;
    save_hidden();
    if (operand->fs) address += hidden_segment(SegmentName::fs).base;
    if (operand->gs) address += hidden_segment(SegmentName::gs).base;
    if (code_size_ != CodeSize::bits64) {
        if (!operand->fs && !operand->gs) address += hidden_segment(SegmentName::ds).base;
        address &= 0xFFFF'FFFF;
    }
    return address;
}

}  // namespace sim::engine
