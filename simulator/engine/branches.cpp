// SPDX-License-Identifier: GPL-2.0-or-later
//
// Near branches to where no code can be. The engines branch first and look then.
#include "simulator/engine/opcodes.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine {

NearBranch near_branch(Instruction const& instruction) {
    std::span const bytes(instruction.bytes.data(), instruction.length);
    std::size_t const at = read_prefixes(bytes, CodeSize::bits64).count;
    auto const byte = [&](std::size_t offset) -> unsigned {
        return at + offset < bytes.size() ? bytes[at + offset] : 0;
    };
    using enum NearBranch::Kind;
    unsigned const opcode = byte(0), reg = byte(1) >> 3 & 7;
    if (opcode == 0xC3) return {ret, 0};
    if (opcode == 0xC2) return {ret, static_cast<std::uint16_t>(byte(1) | byte(2) << 8)};
    if (opcode == 0xE8 || (opcode == 0xFF && reg == 2)) return {call, 0};
    if (opcode >= 0xE0 && opcode <= 0xE2) return {loop, 0};
    bool const jumps = opcode == 0xE3 || opcode == 0xE9 || opcode == 0xEB || (opcode == 0xFF && reg == 4) ||
                       (opcode & 0xF0) == 0x70 || (opcode == 0x0F && (byte(1) & 0xF0) == 0x80);
    return {jumps ? jump : none, 0};
}

VirtAddr UnicornCpu::last_instruction(Block const& block) const {
    VirtAddr at = block.address;
    for (std::size_t i = 0; i + 1 < block.lengths.size(); ++i) at += block.lengths[i];
    return at;
}

// RIP is not canonical, and the instruction at `at` was the last one. A near
// branch that would go there has not happened: the processor looks before it
// leaps. (What CALL has pushed stays below the stack pointer.) Where execution
// has walked there, or was put there, it is the fetch that faults.
// [sdm-2 JMP, CALL, RET]
void UnicornCpu::branched_astray(std::optional<VirtAddr> at) {
    settle();
    std::optional<Instruction> const instruction = at ? instruction_at(*at) : std::nullopt;
    NearBranch const branch = instruction ? near_branch(*instruction) : NearBranch{};
    if (branch.kind != NearBranch::Kind::none && rip() != *at + instruction->length) {
        constexpr std::uint64_t word = 8;
        if (branch.kind == NearBranch::Kind::call) set_gpr(Gpr::rsp, gpr(Gpr::rsp) + word);
        if (branch.kind == NearBranch::Kind::ret) set_gpr(Gpr::rsp, gpr(Gpr::rsp) - word - branch.released);
        if (branch.kind == NearBranch::Kind::loop) set_gpr(Gpr::rcx, gpr(Gpr::rcx) + 1);
        set_rip(*at);
        --retired_;
    } else if (retired_ >= limit_) {
        return;  // the fetch is the next run's
    }
    raise(general_protection());
}

// As it is in memory now, if it is there; without a trace.
std::optional<Instruction> UnicornCpu::instruction_at(VirtAddr address) {
    std::array<std::uint8_t, 15> bytes;
    std::size_t available = 0;
    for (; available < bytes.size(); ++available) {
        Translation const translation = mmu_.peek(address + available, Access::fetch, privilege_ == 3);
        std::uint8_t const* const page = translation ? memory_.page(translation.frame) : nullptr;
        if (!page) break;
        bytes[available] = page[(address + available) & (page_size - 1)];
    }
    return decoder_.decode({bytes.data(), available}, address, code_size_);
}

}  // namespace sim::engine
