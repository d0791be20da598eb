// SPDX-License-Identifier: GPL-2.0-or-later
//
// One instruction that may have to be taken back. The engines leave some checks
// out; where one is in force, the instruction runs alone on the stepper, and when
// it should not have happened its registers and stores are undone.
//
// The first such check is that of alignment. [sdm-3a §6.15 "#AC"] While it is in
// force (CR0.AM, EFLAGS.AC, ring 3) every instruction is a trial: a microsecond
// or two each. Accesses are looked at one by one, as the engine makes them; what
// is wider than eight bytes it makes in parts of eight, which is what the manual
// wants of the 80-bit format and allows for MOVUPS and its relatives.
#include <algorithm>
#include <cstring>

#include "simulator/engine/opcodes.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {

bool UnicornCpu::alignment_is_checked() const {
    return privilege_ == 3 && (mmu_.mode.cr0 >> 18 & 1) && (rflags() & flag::alignment_check);
}

unsigned UnicornCpu::checks_in_force() const {
    bool const mask = mmu_.mode.cr0 >> 18 & 1;  // CR0.AM
    return (privilege_ == 3 && mask ? popf_alone : 0u) | (x87_unmasked_ ? x87_alone : 0u) |
           (simd_unmasked_ ? simd_alone : 0u);
}

bool UnicornCpu::runs_alone(Instruction const& instruction, unsigned checks) const {
    Numeric const& numeric = instruction.numeric;
    return numeric.always_alone() || ((checks & popf_alone) && instruction.pops_flags) ||
           ((checks & x87_alone) && numeric.waits) || ((checks & simd_alone) && numeric.simd);
}

// `count` instructions, each a trial.
UnicornCpu::StepEnd UnicornCpu::try_steps(unsigned count, bool system) {
    StepEnd end = StepEnd::done;
    for (unsigned i = 0; i < count && end == StepEnd::done; ++i) {
        begin_trial();
        end = step_together(1, system);
        trial_.active = trial_.misaligned = false;
    }
    return end;
}

void UnicornCpu::begin_trial() {
    live_on(stepper_);
    trial_.active = true;
    trial_.misaligned = false;
    trial_.structure = 0;
    trial_.stores.clear();
    trial_.told.clear();
    trial_.to_device.clear();
    if (trial_.numeric) note_before_numeric(*trial_.numeric);
    if (checks_alignment_)
        if (std::optional<Instruction> const instruction = instruction_at(linear_rip()))
            trial_.structure =
                structure_alignment({instruction->bytes.data(), instruction->length}, code_size_);
    require(uc_context_save(stepper_.engine(), before_trial_.get()), "saving registers");
}

// An access that is about to happen, and what a store will overwrite.
void UnicornCpu::note_in_trial(Access access, PhysAddr address, unsigned size) {
    if (checks_alignment_ && !trial_.misaligned && trial_.structure != Trial::checked)
        check_alignment(address, size);
    std::uint8_t const* const page = access == Access::write ? memory_.page(address) : nullptr;
    if (!page) return;
    // What lies on the next page is stored byte by byte, and told once more.
    std::uint64_t const offset = address & (page_size - 1);
    Trial::Store store{address, std::min<std::uint64_t>(size, page_size - offset), {}};
    std::memcpy(store.before.data(), page + offset, store.size);
    trial_.stores.push_back(store);
}

// Descriptors and the TSS are read with the supervisor's rights, and without this
// check. Whoever reads the TSS is on the way through a gate: the rest of the
// instruction is the inner ring's. [sdm-3a §5.8.5, §6.15 "#AC"]
void UnicornCpu::check_alignment(PhysAddr address, unsigned size) {
    if (system_step_ && in_task_state(address)) {
        trial_.structure = Trial::checked;
        return;
    }
    unsigned const unit = trial_.structure ? trial_.structure : size;
    if (trial_.structure) trial_.structure = Trial::checked;  // its beginning counts
    trial_.misaligned = address % unit != 0 && !(system_step_ && in_descriptor_table(address));
}

bool UnicornCpu::in_descriptor_table(PhysAddr address) const {
    TableRegister const gdtr = table_register(UC_X86_REG_GDTR);
    Segment const ldtr = system_segment(UC_X86_REG_LDTR);
    return lies_in(address, gdtr.base, gdtr.limit) ||
           ((ldtr.selector & ~3) && lies_in(address, ldtr.base, ldtr.limit));
}

bool UnicornCpu::in_task_state(PhysAddr address) const {
    Segment const tr = system_segment(UC_X86_REG_TR);
    return lies_in(address, tr.base, tr.limit);
}

// Does this byte belong to a table at these linear addresses? They may go on from
// the end of the address space at its beginning. No selector reaches further than
// 64 KiB, whatever the limit says, and no stack pointer of a TSS lies further in.
bool UnicornCpu::lies_in(PhysAddr address, VirtAddr base, std::uint64_t limit) const {
    constexpr std::uint64_t furthest = 0xFFFF;
    limit = std::min(limit, furthest);
    std::uint64_t const pages = ((base & (page_size - 1)) + limit) / page_size + 1;
    for (std::uint64_t i = 0; i < pages; ++i) {
        VirtAddr const page = (base & page_mask) + i * page_size;
        Translation const translation = mmu_.peek(page, Access::read, false);
        VirtAddr const linear = page | (address & (page_size - 1));
        if (translation && translation.frame == (address & page_mask) && linear - base <= limit) return true;
    }
    return false;
}

// What the instruction did, undone; the count is the caller's.
void UnicornCpu::take_back() {
    require(uc_context_restore(stepper_.engine(), before_trial_.get()), "restoring registers");
    for (auto store = trial_.stores.rbegin(); store != trial_.stores.rend(); ++store)
        std::memcpy(memory_.page(store->address) + (store->address & (page_size - 1)), store->before.data(),
                    store->size);
    trial_.stores.clear();
    trial_.told.clear();
    trial_.to_device.clear();
    pending_debug_ = 0;
}

// The engine has come back from the trial's instruction. The exception that the
// manual wants instead of it, if it does.
std::optional<Fault> UnicornCpu::judge_trial(bool completed) {
    if (trial_.misaligned) {
        take_back();
        return Fault{vector::alignment_check, 0u};
    }
    if (trial_.numeric && completed)
        if (std::optional<Fault> const fault = after_numeric(*trial_.numeric)) return fault;
    // A store that was refused has left its notes.
    if (trial_.numeric && trial_.numeric->numeric.x87_store && refused_.why != Refusal::none && !completed)
        require(uc_context_restore(stepper_.engine(), before_trial_.get()), "restoring registers");
    if (completed)
        for (Trial::DeviceWrite const& write : trial_.to_device)
            wiring_.mmio_write(write.address, write.size, write.value);
    for (Trial::Told const& access : trial_.told)
        tell_memory(access.access, access.address, access.size, access.value);
    return std::nullopt;
}

}  // namespace sim::engine
