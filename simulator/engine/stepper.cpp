// SPDX-License-Identifier: GPL-2.0-or-later
//
// The stepper: a stated number of instructions, one hook call each. Devices,
// watched memory and code that writes code are met here and only here.
#include <algorithm>
#include <stdexcept>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {
constexpr PhysAddr special_pages = 0x0002'0000'0000'0000, target_page = special_pages + 2 * page_size;
}

// Before each instruction of the stepper.
void UnicornCpu::on_instruction(uc_engine* engine, std::uint64_t address, std::uint32_t, void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    if (cpu.own_code_write_) {
        // A store into its own block makes the engine start the instruction
        // again, alone, before the store has happened. No instruction that
        // stores goes to itself with RCX and RSP unchanged, so this is that.
        OwnCodeWrite const& write = *cpu.own_code_write_;
        bool const again =
            write.instruction == address && write.rcx == cpu.gpr(Gpr::rcx) && write.rsp == cpu.gpr(Gpr::rsp);
        if (again) cpu.begin_again(write);
        cpu.own_code_write_.reset();
        if (again) return;
    }
    if (cpu.stop_step_ || cpu.step_started_ == cpu.step_wanted_) {
        cpu.exit_.kind = ExitKind::block;
        uc_emu_stop(engine);
        return;
    }
    cpu.step_address_ = address;
    ++cpu.step_started_;
    if (cpu.tracing_ && !cpu.probe_.active && cpu.tell_instruction(address)) {
        --cpu.step_started_;
        cpu.exit_.kind = ExitKind::block;
        uc_emu_stop(engine);
    }
}

// The instruction that runs may write code on its own page, maybe in its own block.
void UnicornCpu::note_own_code_write(VirtAddr page, PhysAddr frame) {
    OwnCodeWrite& write = own_code_write_.emplace();
    write.instruction = step_address_;
    write.rcx = gpr(Gpr::rcx);
    write.rsp = gpr(Gpr::rsp);
    write.page = page;
    if (std::uint8_t const* const before = end_of_page_before(page))
        std::copy_n(before, write.end_of_page_before.size(), write.end_of_page_before.begin());
    std::copy_n(memory_.page(frame), page_size, write.bytes.begin());
}

// A store off its boundary is done byte by byte: those before the block have been written,
// and an instruction that reads before it writes would read them.
void UnicornCpu::begin_again(OwnCodeWrite const& write) {
    if (flags_before_) set_rflags(*flags_before_);
    if (std::uint8_t* const before = end_of_page_before(write.page))
        std::copy(write.end_of_page_before.begin(), write.end_of_page_before.end(), before);
    if (Translation const own = mmu_.peek(write.page, Access::write, privilege_ == 3))
        std::copy(write.bytes.begin(), write.bytes.end(), memory_.page(own.frame));
}

// Null where the guest may not write, or where no memory is.
std::uint8_t* UnicornCpu::end_of_page_before(VirtAddr page) {
    Translation const there = mmu_.peek(page - page_size, Access::write, privilege_ == 3);
    std::uint8_t* const bytes = there && memory_.is_ram(there.frame) ? memory_.page(there.frame) : nullptr;
    return bytes ? bytes + page_size - OwnCodeWrite::longest_store : nullptr;
}

UnicornCpu::StepEnd UnicornCpu::step_together(unsigned count, bool system) {
    live_on(stepper_);
    exit_ = {};
    refused_ = {};
    step_wanted_ = count;
    step_started_ = 0;
    stop_step_ = false;
    pending_debug_ = 0;
    system_step_ = system;
    in_step_ = in_engine_ = true;
    VirtAddr const start = rip();
    uc_err const error = uc_emu_start(stepper_.engine(), start, 0, 0, 0);
    in_step_ = in_engine_ = false;
    own_code_write_.reset();
    if (error == UC_ERR_OK && exit_.kind == ExitKind::none && refused_.why == Refusal::none &&
        step_started_ && stepper_.may_end_early()) {
        // An end of translation (end_translation_behind) that the engine did not forget. It is
        // between two instructions, so nothing is wrong; but once is enough.
        stepper_.flush_translations();
        exit_.kind = ExitKind::block;
    }
    if (granted_implicitly_) {
        granted_implicitly_ = false;
        stepper_.flush_tlb();
    }
    bool const stopped_between = exit_.kind == ExitKind::block;
    bool const exception = exit_.kind == ExitKind::exception;
    bool const refused = !stopped_between && !exception && refused_.why != Refusal::none;
    if (!stopped_between && !exception && !refused)
        throw std::runtime_error("engine: Unicorn stopped by itself in a step at address " +
                                 std::to_string(rip()) + ": " + uc_strerror(error));
    bool const trap = exception && exit_.fault.vector == vector::debug;
    // RCL and RCR: Unicorn 2.1.1 has changed the carry already when it is refused the store.
    if (flags_before_ && ((exception && !trap) || (refused && refused_.access != Access::fetch)))
        set_rflags(*flags_before_);
    if (trial_.active) {
        bool const completed =
            step_started_ > 0 && (stopped_between || trap || (refused && refused_.access == Access::fetch));
        if (std::optional<Fault> const fault = judge_trial(completed)) {
            step_started_ = 0;
            system_step_ = false;
            refused_ = {};
            settle();
            raise(*fault);
            return StepEnd::exception;
        }
    }

    if (stopped_between || (refused && refused_.access == Access::fetch)) {
        retired_ += step_started_;
        bool const all = step_started_ == step_wanted_;
        step_started_ = 0;
        bool const touched = stop_step_;
        system_step_ = false;
        if (!system && !is_canonical(rip())) {
            branched_astray(step_address_);
            return StepEnd::exception;
        }
        if (refused) resolve_refusal();
        settle();
        return all && !touched ? StepEnd::done : StepEnd::early;
    }
    // The last instruction that was started has not happened, unless it is the
    // trap after an instruction.
    retired_ += step_started_ && !trap ? step_started_ - 1 : step_started_;
    step_started_ = 0;
    if (exception) {
        system_step_ = false;
        settle();
        if (trap && system_instruction_) finish_system(*system_instruction_);
        if (!trap) pending_debug_ = 0;
        engine_exception(exit_.fault);
        return StepEnd::exception;
    }
    pending_debug_ = 0;
    resolve_refusal();
    system_step_ = false;
    return StepEnd::refused;
}

// An instruction that may change segments, privilege or mode, or one that lies
// on two pages.
void UnicornCpu::step_one_system(Instruction const& instruction) {
    VirtAddr const at = linear_rip();
    if (instruction.length == 0 && instruction.operation == Operation::none) {
        // We could not read it whole. Is there a second page to fetch from?
        std::uint64_t const to_boundary = page_size - (at & (page_size - 1));
        std::array<std::uint8_t, 15> bytes;
        Translation const first = mmu_.peek(at, Access::fetch, privilege_ == 3);
        std::uint8_t const* page = first ? memory_.page(first.frame) : nullptr;
        std::size_t available = 0;
        for (; page && available < std::min<std::uint64_t>(to_boundary, bytes.size()); ++available)
            bytes[available] = page[(at + available) & (page_size - 1)];
        if (to_boundary < bytes.size()) {
            std::optional<Instruction> whole = decoder_.decode({bytes.data(), available}, at, code_size_);
            if (!whole) {
                Fault fault;
                if (!fetchable(at + to_boundary, fault)) {
                    settle();
                    return raise(fault);
                }
                settle();
                Translation const second = mmu_.peek(at + to_boundary, Access::fetch, privilege_ == 3);
                page = memory_.page(second.frame);
                for (; page && available < bytes.size(); ++available)
                    bytes[available] = page[(at + available) & (page_size - 1)];
                whole = decoder_.decode({bytes.data(), available}, at, code_size_);
            }
            if (whole && whole->kind == InstructionClass::emulated) return emulate(*whole);
            if (whole && whole->kind == InstructionClass::undefined) return raise(invalid_opcode());
            if (whole && whole->kind == InstructionClass::stepped &&
                whole->operation != Operation::load_mxcsr)
                return step_one_system(*whole);
            if (whole) return step_alone(*whole);
        }
        Instruction const unknown = decoder_.by_opcode({bytes.data(), available}, code_size_);
        if (unknown.kind == InstructionClass::undefined) return raise(invalid_opcode());
        if (unknown.kind == InstructionClass::stepped && unknown.operation != Operation::none &&
            unknown.operation != Operation::load_mxcsr)
            return step_one_system(unknown);
        step(1);
        return;
    }
    if (!(mmu_.mode.cr0 & 1) && return_far_in_real_mode(instruction)) return;
    if (auto const fault = system_segment_nowhere(instruction)) {
        settle();
        return raise(*fault);
    }
    if (instruction.operation == Operation::string_io) {
        // The engine does not ask. The port comes first, then the memory.
        try {
            check_io_permission(static_cast<std::uint16_t>(gpr(Gpr::rdx)), instruction.operand_bytes);
        } catch (Fault const& fault) {
            settle();
            return raise(fault);
        }
    }
    live_on(stepper_);
    require(uc_context_save(stepper_.engine(), before_system_.get()), "saving registers");
    system_instruction_ = &instruction;
    bool const reads_descriptors = instruction.operation != Operation::none &&
                                   instruction.operation != Operation::string_io &&
                                   instruction.operation != Operation::rotate_carry;
    if (instruction.operation == Operation::rotate_carry) flags_before_ = live_->read(UC_X86_REG_RFLAGS);
    StepEnd const end = step(1, reads_descriptors);
    flags_before_.reset();
    system_instruction_ = nullptr;
    if (end != StepEnd::done && end != StepEnd::early) return;
    bool const null_task =
        instruction.operation == Operation::ltr && (system_segment(UC_X86_REG_TR).selector & ~3) == 0;
    bool const table_nowhere = instruction.operation == Operation::load_table &&
                               !(is_canonical(table_register(UC_X86_REG_GDTR).base) &&
                                 is_canonical(table_register(UC_X86_REG_IDTR).base));
    if (!is_canonical(rip()) || null_task || table_nowhere || null_stack_of_another_ring(instruction)) {
        // A far branch, or IRET: the processor looks before it leaps. LTR of
        // nothing, and a table where none can be, the engine allows.
        require(uc_context_restore(stepper_.engine(), before_system_.get()), "restoring registers");
        --retired_;
        return raise(general_protection());
    }
    finish_system(instruction);
}

// It has been executed; what we keep ourselves follows.
void UnicornCpu::finish_system(Instruction const& instruction) {
    if (instruction.operation == Operation::iret) {
        nmi_blocked_ = false;
        std::uint64_t const flags = live_->read(UC_X86_REG_RFLAGS);
        if (flags & flag::resume) {
            set_rflags(flags);
            resume_at_ = retired_;
        }
    }
    if (instruction.operation == Operation::lmsw)
        write_cr0((mmu_.mode.cr0 & ~0xFull) | (live_->read(UC_X86_REG_CR0) & 0xF));
    loaded_stack_ = instruction.operation == Operation::segment && interrupt_shadow();
    if (loaded_stack_) resume_at_ = retired_;  // no breakpoint on the next instruction [sdm-3a §6.8.3]
    unsigned const inner = privilege_;
    refresh_mode();
    if (privilege_ > inner && mmu_.mode.long_mode()) keep_bases();
}

// --- devices ---

std::uint64_t UnicornCpu::on_mmio_read(uc_engine*, std::uint64_t offset, unsigned size, void* region) {
    auto& where = *static_cast<MmioRegion*>(region);
    if (where.cpu->probe_.active || where.cpu->trial_.misaligned) return 0;
    where.cpu->stop_step_ = true;  // it may have raised an interrupt
    return where.cpu->wiring_.mmio_read(where.start + offset, size);
}

void UnicornCpu::on_mmio_write(uc_engine*, std::uint64_t offset, unsigned size, std::uint64_t value,
                               void* region) {
    auto& where = *static_cast<MmioRegion*>(region);
    UnicornCpu& cpu = *where.cpu;
    if (cpu.probe_.active || cpu.trial_.misaligned) return;
    cpu.stop_step_ = true;
    if (size < 8) value &= (std::uint64_t{1} << 8 * size) - 1;
    // Rounding may cause an exception that is not masked, and then there is no store.
    bool const may_not_happen =
        cpu.trial_.active && cpu.trial_.numeric && cpu.trial_.numeric->numeric.x87_store;
    if (may_not_happen)
        cpu.trial_.to_device.push_back({where.start + offset, size, value});
    else
        cpu.wiring_.mmio_write(where.start + offset, size, value);
}

// INS and OUTS only; IN and OUT are emulated.
std::uint32_t UnicornCpu::on_in(uc_engine*, std::uint32_t port, int size, void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    if (cpu.probe_.active || cpu.trial_.misaligned) return 0;
    cpu.met_port(static_cast<std::uint16_t>(port), static_cast<unsigned>(size));
    cpu.stop_step_ = true;
    return cpu.wiring_.port_read(static_cast<std::uint16_t>(port), static_cast<unsigned>(size));
}

void UnicornCpu::on_out(uc_engine*, std::uint32_t port, int size, std::uint32_t value, void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    if (cpu.probe_.active || cpu.trial_.misaligned) return;
    cpu.met_port(static_cast<std::uint16_t>(port), static_cast<unsigned>(size));
    cpu.stop_step_ = true;
    cpu.wiring_.port_write(static_cast<std::uint16_t>(port), static_cast<unsigned>(size), value);
}

// --- memory accesses: watched ranges, and the search for a fault's address ---

void UnicornCpu::on_memory(uc_engine*, uc_mem_type type, std::uint64_t address, int size, std::int64_t value,
                           void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    Access const access = type == UC_MEM_WRITE ? Access::write : Access::read;
    auto const bytes = static_cast<unsigned>(size);
    if (cpu.probe_.active) {
        if (type == UC_MEM_READ_AFTER) return;
        Probe& probe = cpu.probe_;
        unsigned const offset = address & (page_size - 1);
        if ((address & page_mask) == target_page && access == probe.access && !probe.offset)
            probe.offset = offset;
        probe.crossing_into.reset();
        if (offset + bytes > page_size)
            for (auto granted = probe.granted.rbegin(); granted != probe.granted.rend(); ++granted)
                if (granted->frame == (address & page_mask)) {
                    probe.crossing_into = granted->page + page_size;
                    break;
                }
        return;
    }
    if (cpu.trial_.active && type != UC_MEM_READ_AFTER)
        cpu.note_in_trial(access, without_alias(address), bytes);
    if (type == UC_MEM_READ) return;
    if (cpu.debug_.has_data()) address = cpu.met_at(address, bytes, access);
    if (cpu.trial_.active)
        cpu.trial_.told.push_back({access, address, bytes, static_cast<std::uint64_t>(value)});
    else
        cpu.tell_memory(access, address, bytes, static_cast<std::uint64_t>(value));
}

// The engine tells the page of a refused access but not the byte. Execute the
// instruction once for show, with everything it writes going nowhere, and see
// which byte of that page it touches first. The registers are put back.
VirtAddr UnicornCpu::find_fault_address(VirtAddr page, Access access) {
    live_on(stepper_);
    Context before(stepper_.engine());
    require(uc_context_save(stepper_.engine(), before.get()), "saving registers");
    stepper_.flush_tlb();
    probe_ = {};
    probe_.page = page;
    probe_.access = access;
    step_wanted_ = 1;
    // Translating the instruction may want a page of code made first.
    for (int attempt = 0; attempt < 3 && !probe_.offset; ++attempt) {
        probe_.active = true;
        exit_ = {};
        refused_ = {};
        step_started_ = 0;
        stop_step_ = false;
        in_engine_ = true;
        uc_emu_start(stepper_.engine(), rip(), 0, 0, 0);
        in_engine_ = false;
        probe_.active = false;
        require(uc_context_restore(stepper_.engine(), before.get()), "restoring registers");
        if (refused_.why != Refusal::make_code) break;
        make_code(refused_.frame);
    }
    exit_ = {};
    refused_ = {};
    step_started_ = 0;
    stepper_.flush_tlb();
    return page | probe_.offset.value_or(0);
}

}  // namespace sim::engine
