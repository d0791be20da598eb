// SPDX-License-Identifier: GPL-2.0-or-later
//
// Operands that must lie on 16 bytes: MOVAPS and most others of SSE. The engine
// does not look, so we do. [sdm-1 §4.9, sdm-2 table 2-21]
//
// Looking at each of them would be slow. Where an operand's address depends only
// on what its registers hold at the block's start, it is looked at there, all at
// once; else its instruction runs alone.
#include <algorithm>

#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {
namespace {

constexpr std::uint64_t boundary = 16;

// What is known of a register's value in the middle of a block.
struct Value {
    enum class Kind : std::uint8_t { at_start, aligned, unknown } kind = Kind::unknown;
    Gpr of = Gpr::rax;        // at_start: that register's value there, plus `offset`
    std::int64_t offset = 0;  // aligned: on the boundary, plus `offset`
};

class Values {
public:
    Values() {
        for (unsigned i = 0; i < 16; ++i) values_[i] = {Value::Kind::at_start, static_cast<Gpr>(i), 0};
    }
    Value& operator[](Gpr reg) { return values_[static_cast<unsigned>(reg)]; }
    void apply(Decoder::Effect const& effect) {
        using Kind = Decoder::Effect::Kind;
        switch (effect.kind) {
            case Kind::none:
                return;
            case Kind::moves: {
                Value value = (*this)[effect.from];
                value.offset += effect.offset;
                (*this)[effect.to] = value;
                return;
            }
            case Kind::aligns:
                (*this)[effect.to] = {Value::Kind::aligned, effect.to, 0};
                return;
            case Kind::changes:
                (*this)[effect.to] = {};
                return;
            case Kind::changes_all:
                values_.fill({});
                return;
        }
    }

private:
    std::array<Value, 16> values_;
};

}  // namespace

// After scan_block(): which operands are looked at when the block begins, and
// which of them end it here.
void UnicornCpu::plan_alignment(Block& block, std::span<std::uint8_t const> code) {
    std::size_t const known = block.cut >= 0 ? static_cast<std::size_t>(block.cut) : block.lengths.size();
    Values values;
    std::size_t at = 0;
    for (std::size_t i = 0; i < known; at += block.lengths[i++]) {
        VirtAddr const address = block.address + at;
        std::optional<Instruction> const instruction =
            decoder_.decode(code.subspan(at), address, block.code_size);
        if (!instruction) return;  // cannot be: scan_block() has read it
        if (instruction->aligned) {
            auto const operand = decoder_.memory_operand(*instruction, address, block.code_size);
            AlignedOperand plan{.instruction = static_cast<std::uint32_t>(i)};
            auto add = [&](std::optional<Gpr> reg, unsigned scale) {
                if (!reg) return true;
                Value const value = values[*reg];
                plan.offset += value.offset * scale;
                if (value.kind == Value::Kind::at_start) plan.registers.push_back({value.of, scale});
                return value.kind != Value::Kind::unknown;
            };
            bool const simple = operand && block.code_size == CodeSize::bits64 &&
                                operand->address_bytes == 8 && !operand->fs && !operand->gs &&
                                add(operand->base, 1) && add(operand->index, operand->scale);
            if (operand) plan.offset += operand->displacement;
            if (operand && operand->rip_relative)
                plan.offset += static_cast<std::int64_t>(address + instruction->length);
            if (!simple) {
                block.cut = static_cast<std::int32_t>(i);
                block.cut_instruction = *instruction;
                return;
            }
            bool const always = plan.registers.empty() && plan.offset % boundary == 0;
            if (!always) block.aligned.push_back(std::move(plan));
        }
        values.apply(decoder_.effect(*instruction, address));
    }
}

// Are all of them aligned, with the registers as they are at the block's start?
// The first that is not, else.
AlignedOperand const* UnicornCpu::first_unaligned(Block const& block) const {
    for (AlignedOperand const& operand : block.aligned) {
        auto address = static_cast<std::uint64_t>(operand.offset);
        for (auto const& [reg, scale] : operand.registers) address += gpr(reg) * scale;
        if (address % boundary) return &operand;
    }
    return nullptr;
}

// Else there is #UD or #NM first.
bool UnicornCpu::sse_usable() const {
    constexpr std::uint64_t emulation = 1 << 2, task_switched = 1 << 3, fxsave = 1 << 9;
    return !(mmu_.mode.cr0 & (emulation | task_switched)) && (mmu_.mode.cr4 & fxsave);
}

// LDMXCSR or FXRSTOR at RIP: are reserved bits of what it would load set? The
// engine takes them. What cannot be read is not for us to say.
bool UnicornCpu::loads_bad_mxcsr(Instruction const& instruction) {
    auto const operand = decoder_.memory_operand(instruction, rip(), code_size_);
    if (!operand || !sse_usable()) return false;
    VirtAddr at = address_of(*operand, rip() + instruction.length);
    if (instruction.restores_all) {
        if (at % boundary) return false;  // #GP by the engine
        at += 24;                         // MXCSR's place in the image
    }
    for (unsigned i = 2; i < 4; ++i) {  // bits 16 to 31
        Translation const there = mmu_.peek(at + i, Access::read, privilege_ == 3);
        std::uint8_t const* const page = there ? memory_.page(there.frame) : nullptr;
        if (page && page[(at + i) & (page_size - 1)]) return true;
    }
    return false;
}

// The instruction at RIP, alone, with the looks that the engine does not take.
void UnicornCpu::step_alone(Instruction const& instruction) {
    auto const protection = [&] {
        if (tracing_ && tell_instruction(linear_rip())) return;
        raise(general_protection());
    };
    if (instruction.aligned) {
        auto const operand = decoder_.memory_operand(instruction, rip(), code_size_);
        if (operand && sse_usable()) {
            VirtAddr const address = address_of(*operand, rip() + instruction.length);
            if (address % boundary && is_canonical(address)) return protection();
        }
    }
    if (instruction.operation == Operation::load_mxcsr && loads_bad_mxcsr(instruction)) return protection();
    if (instruction.numeric.any()) return step_numeric(instruction);
    step(1);
}

}  // namespace sim::engine
