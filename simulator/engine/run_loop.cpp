// SPDX-License-Identifier: GPL-2.0-or-later
//
// The run: block by block on the fast engine, with everything that has to
// happen at an exact count done between runs of it.
#include <algorithm>
#include <stdexcept>

#include "simulator/engine/opcodes.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {
// Unicorn 2.1.1 crashes when its buffer for translated code fills up, so it is
// emptied when that many instructions have been translated: a few hundred bytes
// each at most, of 256 MiB. The guest cannot see it. Linux runs about as many
// from its entry to a shell.
constexpr std::uint64_t translation_budget = 480'000;
}  // namespace

std::uint64_t UnicornCpu::retired() const {
    // Inside a step: the instructions before the one that is calling.
    return retired_ + (in_step_ && step_started_ ? step_started_ - 1 : 0);
}

StopReason UnicornCpu::run(std::uint64_t limit) {
    for (;;) {
        limit_ = stop_after_ ? std::min(limit, *stop_after_ + 1) : limit;
        if (shutdown_) return StopReason::shutdown;
        if (paused_) {
            paused_ = false;
            return StopReason::paused;
        }
        if (stop_requested_) {
            stop_requested_ = false;
            return StopReason::requested;
        }
        if (observer_stop_) {
            observer_stop_ = false;
            return StopReason::observer;
        }
        if (stop_after_ && retired_ > *stop_after_) {
            stop_after_.reset();
            return StopReason::observer;
        }
        if (retired_ >= limit) return StopReason::limit;
        if (interrupted()) return StopReason::interrupted;
        take_interrupts();
        if (shutdown_) continue;
        if (halted_) return StopReason::halted;
        if (debug_.has_code() && code_breakpoint(linear_rip())) continue;
        keep_translation_budget();
        checks_alignment_ = alignment_is_checked();
        loaded_stack_ = false;
        if (held_debug_) {
            run_behind_stack_load();
            continue;
        }
        if (better_one_by_one()) {
            run_one();
            continue;
        }
        run_fast();
        after_fast();
    }
}

bool UnicornCpu::better_one_by_one() {
    bool const better = always_one_by_one_ || wasted_.one_by_one(translated_ever_, retired_);
    return better && is_canonical(linear_rip());
}

// What the run at full speed would do with a block that has one instruction, without
// translating more than that.
void UnicornCpu::run_one() {
    VirtAddr const at = linear_rip();
    std::optional<Instruction> const instruction = instruction_at(at);
    bool const is_known = instruction && instruction->kind != InstructionClass::undefined;
    // What cannot be read, or is no instruction, is judged by all its bytes on this page.
    std::uint64_t const to_boundary = page_size - (at & (page_size - 1));
    auto const size =
        static_cast<std::uint32_t>(is_known ? instruction->length : std::min<std::uint64_t>(15, to_boundary));
    exit_ = {};
    Block* const block = check_block(at, size);
    settle();
    if (!block) return raise(exit_.fault);
    if (block->checked_at != epoch_) return;  // something about the code has changed just now
    if (is_known) end_translation_behind(*instruction);
    execute_in_block(*block);
    stepper_.end_translation_at({});
    settle();
    deliver_debug_trap();
}

// The instruction after a MOV SS or POP SS that met breakpoints on data: they are told when it
// is done, whatever it did. With it, if it causes a #DB itself; else before what comes next, be
// that a handler's first instruction. [sdm-3a §6.8.3]
void UnicornCpu::run_behind_stack_load() {
    std::uint64_t const before = retired_;
    carried_debug_ = std::exchange(held_debug_, 0);
    delivered_ = false;
    run_one();
    std::uint64_t const met = std::exchange(carried_debug_, 0);
    if (!met) return;
    if (retired_ == before && !delivered_)
        held_debug_ = met;  // it has not happened yet: a translation was missing
    else
        debug_exception(met, DebugClass::trap);
}

// The instruction at RIP, and no more than the next one: the step ends before that, and what
// is behind is not wanted. The engine must not begin anything there, or it would never forget
// it; and only a branch could.
void UnicornCpu::end_translation_behind(Instruction const& instruction) {
    if (near_branch(instruction).kind != NearBranch::Kind::none) return;
    VirtAddr const next = linear_rip() + instruction.length;
    if (std::optional<Instruction> const other = instruction_at(next))
        stepper_.end_translation_at(next + other->length);
}

// Not between a delivery and its handler's first instruction: that is no moment
// at which a run may end.
bool UnicornCpu::interrupted() const {
    return interruption_ && interruption_->load(std::memory_order_relaxed) && delivered_at_ != retired_;
}

// --- the hot path ---

void UnicornCpu::on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    cpu.retired_ += cpu.running_;  // the block before has run to its end
    VirtAddr const marked = cpu.marked(address);
    HotBlock const& hot = cpu.hot_slot(marked);
    if (hot.address == marked && hot.hot_at == cpu.epoch_ && hot.size == size &&
        cpu.retired_ + hot.count <= cpu.budget_ &&
        (!hot.looks_at_operands || !cpu.first_unaligned(*hot.block))) [[likely]] {
        cpu.running_ = hot.count;
        cpu.current_ = hot.block;
        return;
    }
    Block* const before = cpu.current_;
    cpu.running_ = 0;
    cpu.current_ = nullptr;
    if (cpu.exit_.kind == ExitKind::none) cpu.look_at_block(address, size, before);
}

void UnicornCpu::stop_fast(ExitKind kind, VirtAddr address, Block* block) {
    exit_.kind = kind;
    exit_.address = address;
    exit_.block = block;
    uc_emu_stop(fast_.engine());
}

// Before a block that is new, special or near the limit, after `before` (null:
// the run begins here).
void UnicornCpu::look_at_block(VirtAddr address, std::uint32_t size, Block* before) {
    if (!is_canonical(address)) [[unlikely]]
        return stop_fast(ExitKind::astray, address, before);
    // What happens next, be it the fetch's mark in the TLB, belongs to the next run.
    if (retired_ >= limit_) return stop_fast(ExitKind::interrupt, address, nullptr);
    if (debug_.match_code(address)) [[unlikely]]
        if (resume_at_ != retired_) return stop_fast(ExitKind::interrupt, address, nullptr);
    if (stop_requested_ || can_take_interrupt()) return stop_fast(ExitKind::interrupt, address, nullptr);
    Block* block = check_block(address, size);
    if (!block) return stop_fast(ExitKind::fetch_fault, address, nullptr);
    if (mmu_.engines_must_flush) return stop_fast(ExitKind::read_again, address, nullptr);
    if (stop_after_ && limit_ > *stop_after_ + 1) return stop_fast(ExitKind::interrupt, address, nullptr);
    if (tracing_ || checks_alignment_ || block->cut >= 0 || retired_ + block->count > limit_ ||
        first_unaligned(*block))
        return stop_fast(ExitKind::block, address, block);
    running_ = block->count;
    current_ = block;
}

// May the guest fetch from the page of `address`? This is where the fetch
// happens as far as the guest can see: TLB entry, accessed bits, page fault.
bool UnicornCpu::fetchable(VirtAddr address, Fault& fault) {
    Translation const translation = mmu_.translate(address, Access::fetch, privilege_ == 3);
    if (translation) {
        if (read_as_nowhere(address, translation.frame)) mmu_.engines_must_flush = true;
        return true;
    }
    fault = translation.outcome == Translation::Outcome::not_canonical
                ? general_protection()
                : Fault{vector::page_fault, translation.error_code, address};
    return false;
}

// Has an engine been told since its last flush that there is nothing to fetch
// there? The guest may have mapped the page meanwhile, and need not flush.
// [sdm-3a §4.10.2.3] Where no RAM is behind the page there still is nothing.
bool UnicornCpu::read_as_nowhere(VirtAddr address, PhysAddr frame) const {
    return memory_.is_ram(frame) &&
           std::find(nowhere_.begin(), nowhere_.end(), address & page_mask) != nowhere_.end();
}

// The frame that a fetch from `address` would come from, if the TLB has it: that
// leaves no trace. None: the guest has not fetched there since a flush.
std::optional<PhysAddr> UnicornCpu::fetched_before(VirtAddr address) const {
    if (mmu_.mode.enabled() && !mmu_.tlb.find(address)) return std::nullopt;
    Translation const translation = mmu_.peek(address, Access::fetch, privilege_ == 3);
    if (!translation) return std::nullopt;
    return translation.frame;
}

void UnicornCpu::forget_code_seen() {
    seen_ = {};
    noting_since_ = ++epoch_;
}

// The block, known to be what is in memory now; nullptr when it may not be
// fetched (exit_.fault says why).
Block* UnicornCpu::check_block(VirtAddr address, std::uint32_t size) {
    seen_.add(address, size);
    if (HotBlock& hot = hot_slot(marked(address)); epoch_ == noting_since_ && hot.hot_at == epoch_ - 1 &&
                                                   hot.address == marked(address) && hot.size == size) {
        hot.hot_at = hot.block->checked_at = epoch_;
        return hot.block;
    }
    if (!fetchable(address, exit_.fault)) return nullptr;
    constexpr PhysAddr unknown = ~PhysAddr{0};
    std::array<PhysAddr, 2> frames{fetched_before(address).value_or(unknown), unknown};
    VirtAddr const last = address + size - 1;
    if ((address ^ last) & page_mask) {
        frames[1] = fetched_before(last).value_or(unknown);
        if (frames[1] != unknown && read_as_nowhere(last, frames[1])) mmu_.engines_must_flush = true;
    }
    std::array<std::uint32_t, 2> versions{};
    std::array<std::uint8_t const*, 2> pages{};
    for (unsigned i = 0; i < 2; ++i) {
        if (frames[i] == unknown) continue;
        pages[i] = memory_.page(frames[i]);
        if (pages[i]) versions[i] = memory_.info(frames[i]).code_version;
        if (!pages[i]) pages[i] = special_pages_->no_memory.data();
    }

    Block& block = blocks_[address];
    unsigned const checks = checks_in_force();
    bool const same = block.checks == checks && block.address == address && block.size == size &&
                      block.frames == frames && block.versions == versions && block.code_size == code_size_;
    if (!same) {
        block.address = address;
        block.size = size;
        block.frames = frames;
        block.versions = versions;
        block.code_size = code_size_;
        block.checks = checks;
        std::vector<std::uint8_t> code;
        for (VirtAddr at = address; at <= last; ++at) {
            std::uint8_t const* page = pages[((at ^ address) & page_mask) != 0];
            if (!page) break;
            code.push_back(page[at & (page_size - 1)]);
        }
        scan_block(block, code);
    }
    block.checked_at = epoch_;
    VirtAddr const hot = marked(address);
    hot_slot(hot) = {hot,
                     block.cut < 0 ? epoch_ : 0,
                     &block,
                     size,
                     static_cast<std::uint16_t>(block.count),
                     !block.aligned.empty()};
    return &block;
}

// `code` ends early when the second page is not known.
void UnicornCpu::scan_block(Block& block, std::span<std::uint8_t const> code) {
    block.lengths.clear();
    block.aligned.clear();
    block.cut = -1;
    bool aligned = false;
    std::size_t at = 0;
    while (at < block.size) {
        std::optional<Instruction> instruction;
        if (at < code.size())
            instruction = decoder_.decode(code.subspan(at), block.address + at, block.code_size);
        // What we cannot read whole is the stepper's, alone.
        if (!instruction) instruction.emplace().kind = InstructionClass::stepped;
        bool const special = instruction->kind != InstructionClass::plain ||
                             runs_alone(*instruction, block.checks) || watched(block.address + at);
        if (special && block.cut < 0) {
            block.cut = static_cast<std::int32_t>(block.lengths.size());
            block.cut_instruction = *instruction;
        }
        aligned |= instruction->aligned;
        block.lengths.push_back(instruction->length);
        if (instruction->length == 0) break;
        at += instruction->length;
    }
    if (aligned) plan_alignment(block, code);
    block.count = static_cast<std::uint32_t>(block.lengths.size());
}

// --- between runs of the fast engine ---

void UnicornCpu::run_fast() {
    live_on(fast_);
    exit_ = {};
    refused_ = {};
    running_ = 0;
    current_ = nullptr;
    // With an interrupt pending every block needs a look: IF may have changed.
    budget_ = interrupt_line_ || nmi_pending_ || tracing_ || checks_alignment_ ? 0 : limit_;
    in_engine_ = true;
    uc_err const error = uc_emu_start(fast_.engine(), rip(), 0, 0, 0);
    in_engine_ = false;
    if (exit_.kind != ExitKind::none) return;
    if (refused_.why != Refusal::none) {
        exit_.kind = ExitKind::refused;
        exit_.address = rip();
        return;
    }
    throw std::runtime_error("engine: Unicorn stopped by itself at address " + std::to_string(rip()) + ": " +
                             uc_strerror(error));
}

// How many instructions of the running block are before the one at `address`.
// After the last one: all of them.
unsigned UnicornCpu::index_in_block(VirtAddr address) const {
    if (!current_) return 0;
    VirtAddr at = current_->address;
    for (unsigned index = 0; index < current_->lengths.size(); ++index) {
        if (at == address) return index;
        at += current_->lengths[index];
    }
    return current_->count;
}

void UnicornCpu::after_fast() {
    switch (exit_.kind) {
        case ExitKind::none:
        case ExitKind::port:
            break;
        case ExitKind::interrupt:
        case ExitKind::read_again:  // settle() flushes
            set_linear_rip(exit_.address);
            break;
        case ExitKind::block:
            set_linear_rip(exit_.address);
            settle();
            if (exit_.block->checked_at == epoch_) execute_in_block(*exit_.block);
            break;
        case ExitKind::fetch_fault:
            set_linear_rip(exit_.address);
            settle();
            raise(exit_.fault);
            break;
        case ExitKind::astray:
            set_rip(exit_.address);
            branched_astray(exit_.block ? std::optional(last_instruction(*exit_.block)) : std::nullopt);
            break;
        case ExitKind::exception: {
            // A trap flag's #DB comes after its instruction; everything else
            // that gets here is a fault.
            unsigned const before = index_in_block(linear_rip());
            bool const trap = exit_.fault.vector == vector::debug;
            retired_ += trap && current_ ? current_->count : before;
            running_ = 0;
            settle();
            engine_exception(exit_.fault);
            break;
        }
        case ExitKind::refused:
            retired_ += refused_.access == Access::fetch ? running_ : index_in_block(linear_rip());
            running_ = 0;
            resolve_refusal();
            break;
    }
    settle();
    deliver_debug_trap();
}

// What a refused translation means, now that no engine runs. The instruction at
// RIP has not happened.
void UnicornCpu::resolve_refusal() {
    Refused const refused = refused_;
    refused_ = {};
    switch (refused.why) {
        case Refusal::none:
        case Refusal::retry:
            settle();
            return;
        case Refusal::make_code:
            settle();
            return make_code(refused.frame);
        case Refusal::fault:
            settle();
            return page_fault_at_instruction(refused);
        case Refusal::device:
        case Refusal::watched:
            tell_held_table_writes();
            step(1);
            return;
        case Refusal::code_write: {
            // Does the instruction write into the page that it is in itself?
            // Then it runs alone, and what follows is translated again.
            VirtAddr const at = linear_rip();
            Translation const first = mmu_.peek(at, Access::fetch, privilege_ == 3),
                              last = mmu_.peek(at + 14, Access::fetch, privilege_ == 3);
            if ((first && first.frame == refused.frame) || (last && last.frame == refused.frame))
                step(1);
            else
                make_data(refused.frame);
            return;
        }
    }
}

// A block that the fast engine must not run as a whole: up to its cut, or up to
// the limit, instruction by instruction.
void UnicornCpu::execute_in_block(Block& block) {
    std::uint64_t const until_limit = limit_ - retired_;
    AlignedOperand const* const unaligned = first_unaligned(block);
    unsigned const before_cut = unaligned        ? unaligned->instruction
                                : block.cut >= 0 ? static_cast<unsigned>(block.cut)
                                                 : block.count;
    auto const count = static_cast<unsigned>(std::min<std::uint64_t>(before_cut, until_limit));
    if (count && step(count) != StepEnd::done) return;
    if (retired_ >= limit_ || count < before_cut || observer_stop_) return;
    if (unaligned) {
        std::optional<Instruction> const instruction = instruction_at(linear_rip());
        if (instruction && !can_take_interrupt() && !stop_requested_) step_alone(*instruction);
        return;
    }
    if (block.cut >= 0) execute_cut(block);
}

void UnicornCpu::execute_cut(Block& block) {
    VirtAddr const at = linear_rip();
    Instruction const instruction = block.cut_instruction;
    if (can_take_interrupt() || stop_requested_) return;
    if (debug_.has_code() && code_breakpoint(at)) return;
    if (watched(at) && asked_at_ != Asked{retired_, at} && observer_) {
        asked_at_ = Asked{retired_, at};
        if (observer_->on_address(at)) {
            observer_stop_ = true;
            return;
        }
    }
    if (instruction.aligned) return step_alone(instruction);
    switch (instruction.kind) {
        case InstructionClass::emulated:
            if (tracing_ && tell_instruction(at)) return;
            return emulate(instruction);
        case InstructionClass::undefined:
            if (tracing_ && tell_instruction(at)) return;
            return raise(invalid_opcode());
        case InstructionClass::plain:
            return step_alone(instruction);
        case InstructionClass::stepped:
            if (instruction.operation == Operation::load_mxcsr) return step_alone(instruction);
            return step_one_system(instruction);
    }
}

void UnicornCpu::on_translation(uc_engine* engine, uc_tb* block, uc_tb*, void* self) {
    auto& cpu = *static_cast<UnicornCpu*>(self);
    cpu.translated_[engine == cpu.fast_.engine() ? 0 : 1] += block->icount + 8u;
    cpu.translated_ever_ += block->icount;
}

void UnicornCpu::keep_translation_budget() {
    if (blocks_.size() > most_blocks) {
        blocks_.clear();
        current_ = nullptr;
        ++epoch_;
    }
    if (translated_[0] > translation_budget) {
        fast_.flush_translations();
        translated_[0] = 0;
    }
    if (translated_[1] > translation_budget) {
        stepper_.flush_translations();
        translated_[1] = 0;
    }
}

}  // namespace sim::engine
