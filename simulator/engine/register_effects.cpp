// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an instruction does to general registers, as far as following an address
// through a block needs it. What is not listed may change them all.
#include <capstone/capstone.h>

#include "simulator/engine/decode.hpp"

namespace sim::engine {
namespace {

std::optional<Gpr> whole_register(x86_reg reg) {
    static constexpr x86_reg names[16] = {X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX,
                                          X86_REG_RSP, X86_REG_RBP, X86_REG_RSI, X86_REG_RDI,
                                          X86_REG_R8,  X86_REG_R9,  X86_REG_R10, X86_REG_R11,
                                          X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15};
    for (unsigned i = 0; i < 16; ++i)
        if (names[i] == reg) return static_cast<Gpr>(i);
    return std::nullopt;
}

// Of any width: the register that it is a part of.
std::optional<Gpr> part_of(x86_reg reg) {
    static constexpr struct {
        x86_reg names[4];
        Gpr whole;
    } table[] = {
        {{X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH}, Gpr::rax},
        {{X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH}, Gpr::rcx},
        {{X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH}, Gpr::rdx},
        {{X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH}, Gpr::rbx},
        {{X86_REG_ESP, X86_REG_SP, X86_REG_SPL, X86_REG_SPL}, Gpr::rsp},
        {{X86_REG_EBP, X86_REG_BP, X86_REG_BPL, X86_REG_BPL}, Gpr::rbp},
        {{X86_REG_ESI, X86_REG_SI, X86_REG_SIL, X86_REG_SIL}, Gpr::rsi},
        {{X86_REG_EDI, X86_REG_DI, X86_REG_DIL, X86_REG_DIL}, Gpr::rdi},
        {{X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, X86_REG_R8B}, Gpr::r8},
        {{X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, X86_REG_R9B}, Gpr::r9},
        {{X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, X86_REG_R10B}, Gpr::r10},
        {{X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, X86_REG_R11B}, Gpr::r11},
        {{X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, X86_REG_R12B}, Gpr::r12},
        {{X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, X86_REG_R13B}, Gpr::r13},
        {{X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, X86_REG_R14B}, Gpr::r14},
        {{X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, X86_REG_R15B}, Gpr::r15},
    };
    if (auto const whole = whole_register(reg)) return whole;
    for (auto const& row : table)
        for (x86_reg const name : row.names)
            if (name == reg) return row.whole;
    return std::nullopt;
}

bool is_xmm(cs_x86_op const& operand) {
    return operand.type == X86_OP_REG && operand.reg >= X86_REG_XMM0 && operand.reg <= X86_REG_XMM15;
}

// Writes its first operand, if that is a register, and no other.
bool writes_first_operand_only(unsigned id, cs_x86 const& x86) {
    switch (id) {
        case X86_INS_MOV:
        case X86_INS_MOVABS:
        case X86_INS_LEA:
        case X86_INS_ADD:
        case X86_INS_SUB:
        case X86_INS_AND:
        case X86_INS_OR:
        case X86_INS_XOR:
        case X86_INS_ADC:
        case X86_INS_SBB:
        case X86_INS_INC:
        case X86_INS_DEC:
        case X86_INS_NEG:
        case X86_INS_NOT:
        case X86_INS_SHL:
        case X86_INS_SHR:
        case X86_INS_SAR:
        case X86_INS_MOVZX:
        case X86_INS_MOVSX:
        case X86_INS_MOVSXD:
        case X86_INS_POPCNT:
        case X86_INS_BSF:
        case X86_INS_BSR:
            return true;
        case X86_INS_IMUL:
            return x86.op_count >= 2;
        case X86_INS_PCMPESTRI:
        case X86_INS_PCMPISTRI:
        case X86_INS_PCMPESTRM:
        case X86_INS_PCMPISTRM:
            return false;
        default:
            for (unsigned i = 0; i < x86.op_count; ++i)
                if (is_xmm(x86.operands[i])) return true;
            return false;
    }
}

using Effect = Decoder::Effect;

Effect effect_of(cs_insn const& instruction) {
    using enum Effect::Kind;
    cs_x86 const& x86 = instruction.detail->x86;
    cs_x86_op const &first = x86.operands[0], &second = x86.operands[1];
    bool const to_whole = x86.op_count >= 1 && first.type == X86_OP_REG && whole_register(first.reg);
    auto const whole = to_whole ? *whole_register(first.reg) : Gpr::rax;
    switch (instruction.id) {
        case X86_INS_CMP:
        case X86_INS_TEST:
        case X86_INS_NOP:
            return {};
        case X86_INS_PUSH:
            if (x86.prefix[2] == 0x66) return {.kind = changes_all};
            return {.kind = moves, .to = Gpr::rsp, .from = Gpr::rsp, .offset = -8};
        case X86_INS_MOV:
            if (to_whole && second.type == X86_OP_REG)
                if (auto const from = whole_register(second.reg))
                    return {.kind = moves, .to = whole, .from = *from};
            break;
        case X86_INS_ADD:
        case X86_INS_SUB:
            if (to_whole && second.type == X86_OP_IMM)
                return {.kind = moves,
                        .to = whole,
                        .from = whole,
                        .offset = instruction.id == X86_INS_ADD ? second.imm : -second.imm};
            break;
        case X86_INS_AND:
            if (first.type == X86_OP_REG && first.size >= 4 && second.type == X86_OP_IMM &&
                second.imm % 16 == 0)
                if (auto const to = part_of(first.reg)) return {.kind = aligns, .to = *to};
            break;
        case X86_INS_LEA:
            if (to_whole && x86.addr_size == 8 && second.mem.index == X86_REG_INVALID)
                if (auto const from = whole_register(second.mem.base))
                    return {.kind = moves, .to = whole, .from = *from, .offset = second.mem.disp};
            break;
        default:
            break;
    }
    if (!writes_first_operand_only(instruction.id, x86)) return {.kind = changes_all};
    if (first.type != X86_OP_REG) return {};
    auto const changed = part_of(first.reg);
    return changed ? Effect{.kind = changes, .to = *changed} : Effect{};
}

}  // namespace

Decoder::Effect Decoder::effect(Instruction const& instruction, VirtAddr address) const {
    csh const handle = handles_[static_cast<std::size_t>(CodeSize::bits64)];
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    cs_insn* decoded = nullptr;
    std::size_t const count =
        cs_disasm(handle, instruction.bytes.data(), instruction.length, address, 1, &decoded);
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_OFF);
    if (count == 0) return {.kind = Effect::Kind::changes_all};
    Effect const effect = effect_of(*decoded);
    cs_free(decoded, count);
    return effect;
}

}  // namespace sim::engine
