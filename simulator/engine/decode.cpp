// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/decode.hpp"

#include <capstone/capstone.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/engine/opcodes.hpp"

namespace sim::engine {
namespace {

cs_mode capstone_mode(CodeSize size) {
    switch (size) {
        case CodeSize::bits16:
            return CS_MODE_16;
        case CodeSize::bits32:
            return CS_MODE_32;
        case CodeSize::bits64:
            return CS_MODE_64;
    }
    return CS_MODE_64;
}

// The classes that matter, by opcode. [sdm-2 appendix A, opcode maps]
void classify(Instruction& instruction, std::span<std::uint8_t const> bytes, CodeSize size) {
    Prefixes const prefixes = read_prefixes(bytes, size);
    std::size_t at = prefixes.count;
    auto byte = [&](std::size_t offset) -> std::uint8_t {
        return at + offset < bytes.size() ? bytes[at + offset] : 0;
    };
    auto set = [&](InstructionClass kind, Operation operation) {
        instruction.kind = kind;
        instruction.operation = operation;
    };
    bool const code64 = size == CodeSize::bits64;
    bool const operand_16 = prefixes.operand_16 != (size == CodeSize::bits16);
    instruction.long_code = code64;
    using enum InstructionClass;

    std::uint8_t const opcode = byte(0);
    unsigned const reg = byte(1) >> 3 & 7, rm = byte(1) & 7;
    switch (opcode) {
        case 0xE4:
        case 0xE5:
        case 0xE6:
        case 0xE7:
            set(emulated, opcode < 0xE6 ? Operation::in_imm : Operation::out_imm);
            instruction.immediate = byte(1);
            instruction.operand_bytes = opcode & 1 ? (operand_16 ? 2 : 4) : 1;
            return;
        case 0xEC:
        case 0xED:
        case 0xEE:
        case 0xEF:
            set(emulated, opcode < 0xEE ? Operation::in_dx : Operation::out_dx);
            instruction.operand_bytes = opcode & 1 ? (operand_16 ? 2 : 4) : 1;
            return;
        case 0x6C:
        case 0x6D:
        case 0x6E:
        case 0x6F:
            instruction.operand_bytes = opcode & 1 ? (operand_16 ? 2 : 4) : 1;
            return set(stepped, Operation::string_io);
        case 0x9D:
            instruction.pops_flags = true;
            return;
        case 0xE0:
        case 0xE1:
            // LOOPNE and LOOPE. In a block, Unicorn 2.1.1 forgets what the flags
            // are made of when they end by the count.
            return set(stepped, Operation::none);
        case 0xC0:
        case 0xC1:
        case 0xD0:
        case 0xD1:
        case 0xD2:
        case 0xD3:
            if (byte(1) < 0xC0 && (reg == 2 || reg == 3)) return set(stepped, Operation::rotate_carry);
            return;
        case 0xF4:
            return set(emulated, Operation::hlt);
        case 0xCC:
            return set(emulated, Operation::int3);
        case 0xF1:
            return set(emulated, Operation::int1);
        case 0xCD:
            instruction.immediate = byte(1);
            return set(emulated, Operation::int_n);
        case 0xCE:
            return code64 ? void() : set(emulated, Operation::into);
        case 0xCF:
            return set(stepped, Operation::iret);
        case 0x8E:
        case 0xCA:
        case 0xCB:
            return set(stepped, Operation::segment);
        case 0x07:
        case 0x17:
        case 0x1F:
        case 0x9A:
        case 0xEA:
            return code64 ? void() : set(stepped, Operation::segment);
        case 0xC4:
        case 0xC5:  // LES, LDS; with a register operand, or in 64-bit code, a VEX prefix
            if (!code64 && byte(1) < 0xC0) return set(stepped, Operation::segment);
            return set(undefined, Operation::none);
        case 0x62:
            return code64 ? set(undefined, Operation::none) : void();  // EVEX
        case 0xFF:
            return reg == 3 || reg == 5 ? set(stepped, Operation::segment) : void();
        case 0x0F:
            break;
        default:
            return;
    }

    ++at;  // two-byte opcodes; `byte(1)` is now the ModRM byte after them
    std::uint8_t const second = byte(0), modrm = byte(1);
    unsigned const reg2 = modrm >> 3 & 7;
    (void)rm;
    auto control_move = [&](Operation operation) {
        set(emulated, operation);
        instruction.control = static_cast<std::uint8_t>(reg2 | (prefixes.rex & 4) << 1);
        instruction.general = static_cast<std::uint8_t>((modrm & 7) | (prefixes.rex & 1) << 3);
    };
    switch (second) {
        case 0x00:  // SLDT and STR only look; LLDT, LTR, VERR, VERW read descriptors
            instruction.general = static_cast<std::uint8_t>((modrm & 7) | (prefixes.rex & 1) << 3);
            instruction.in_register = modrm >= 0xC0;
            if (reg2 == 2) return set(stepped, Operation::lldt);
            if (reg2 == 3) return set(stepped, Operation::ltr);
            return reg2 >= 4 && reg2 <= 5 ? set(stepped, Operation::segment) : void();
        case 0x01:
            if (modrm == 0xF9) return set(emulated, Operation::rdtscp);
            if (modrm >= 0xC0 && (reg2 == 0 || reg2 == 1 || reg2 == 2 || reg2 == 3 || reg2 == 5))
                return set(undefined, Operation::none);  // VMX, MONITOR, XGETBV, SVM, RDPKRU: not promised
            if (modrm >= 0xC0 && reg2 == 7 && modrm != 0xF8) return set(undefined, Operation::none);
            if (reg2 == 7 && modrm < 0xC0) return set(emulated, Operation::invlpg);
            if (reg2 == 2 || reg2 == 3) return set(stepped, Operation::load_table);
            if (reg2 == 4 && modrm >= 0xC0 && !code64) {
                instruction.general = modrm & 7;
                instruction.operand_bytes = operand_16 ? 2 : 4;
                return set(emulated, Operation::smsw);
            }
            if (reg2 == 6) return set(stepped, Operation::lmsw);
            return;
        case 0x02:
        case 0x03:
            return set(stepped, Operation::segment);
        case 0x05:
            return set(emulated, Operation::syscall);
        case 0x07:
            instruction.operand_bytes = prefixes.rex & 8 ? 8 : 4;
            return set(emulated, Operation::sysret);
        case 0x06:
            return set(emulated, Operation::clts);
        case 0x20:
            return control_move(Operation::mov_from_cr);
        case 0x21:
            return control_move(Operation::mov_from_dr);
        case 0x22:
            return control_move(Operation::mov_to_cr);
        case 0x23:
            return control_move(Operation::mov_to_dr);
        case 0x30:
            return set(emulated, Operation::wrmsr);
        case 0x31:
            return set(emulated, Operation::rdtsc);
        case 0x32:
            return set(emulated, Operation::rdmsr);
        case 0x33:
            return set(emulated, Operation::rdpmc);
        case 0x34:
            return set(emulated, Operation::sysenter);
        case 0x35:
            instruction.operand_bytes = prefixes.rex & 8 ? 8 : 4;
            return set(emulated, Operation::sysexit);
        case 0xA1:
        case 0xA9:
            return set(stepped, Operation::segment);
        case 0xA2:
            return set(emulated, Operation::cpuid);
        case 0xB2:
        case 0xB4:
        case 0xB5:
            return set(stepped, Operation::segment);
        case 0x37:
        case 0x78:
        case 0x79:
        case 0xAA:
            return set(undefined, Operation::none);
        case 0xC7:
            // CMPXCHG8B and CMPXCHG16B. In a block, Unicorn 2.1.1 (as the QEMU
            // that it comes from) gives them flags of an earlier instruction.
            if (modrm < 0xC0 && reg2 == 1) return set(stepped, Operation::none);
            if ((modrm >= 0xC0 && reg2 >= 6) || (reg2 >= 3 && reg2 <= 5))
                return set(undefined, Operation::none);
            if (modrm < 0xC0 && reg2 >= 6) return set(undefined, Operation::none);
            return;
        case 0xAE:  // XSAVE, XRSTOR, XSAVEOPT (CLFLUSH is /7), RDFSBASE and its relatives
            if (modrm < 0xC0 && (reg2 == 4 || reg2 == 5 || reg2 == 6)) return set(undefined, Operation::none);
            if (modrm >= 0xC0 && prefixes.repeat) return set(undefined, Operation::none);
            instruction.restores_all = reg2 == 1;
            if (modrm < 0xC0 && (reg2 == 1 || reg2 == 2)) return set(stepped, Operation::load_mxcsr);
            return;
        default:
            return;
    }
}

}  // namespace

Decoder::Decoder() {
    for (CodeSize size : {CodeSize::bits16, CodeSize::bits32, CodeSize::bits64}) {
        csh handle = 0;
        if (cs_open(CS_ARCH_X86, capstone_mode(size), &handle) != CS_ERR_OK)
            throw std::runtime_error("engine: the disassembler (Capstone) cannot be opened");
        cs_option(handle, CS_OPT_DETAIL, CS_OPT_OFF);
        handles_[static_cast<std::size_t>(size)] = handle;
    }
}

Decoder::~Decoder() {
    for (std::uint64_t handle : handles_) {
        csh closing = handle;
        if (closing) cs_close(&closing);
    }
}

std::size_t Decoder::length(std::span<std::uint8_t const> bytes, VirtAddr address, CodeSize size) const {
    csh const handle = handles_[static_cast<std::size_t>(size)];
    cs_insn* instruction = cs_malloc(handle);
    std::uint8_t const* code = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t at = address;
    std::size_t length = cs_disasm_iter(handle, &code, &left, &at, instruction) ? instruction->size : 0;
    cs_free(instruction, 1);
    return length;
}

std::optional<Instruction> Decoder::decode(std::span<std::uint8_t const> bytes, VirtAddr address,
                                           CodeSize size) const {
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), 15));
    Instruction instruction;
    Prefixes const prefixes = read_prefixes(bytes, size);
    if (prefixes.lock) {
        std::optional<bool> const may_lock = lockable(bytes, prefixes);
        if (!may_lock) return std::nullopt;
        if (!*may_lock) {
            instruction.kind = InstructionClass::undefined;
            instruction.length = 1;  // never executed
            return instruction;
        }
    }
    std::size_t const size_of_it = length(bytes, address, size);
    if (size_of_it == 0) return std::nullopt;
    instruction.length = static_cast<std::uint8_t>(size_of_it);
    std::copy_n(bytes.begin(), size_of_it, instruction.bytes.begin());
    classify(instruction, bytes.first(size_of_it), size);
    instruction.aligned = has_aligned_operand(bytes.first(size_of_it), prefixes);
    instruction.numeric = numeric_of(bytes.first(size_of_it), prefixes);
    if (stop_at_pause && size_of_it == 2 && bytes[0] == 0xF3 && bytes[1] == 0x90) {
        instruction.kind = InstructionClass::emulated;
        instruction.operation = Operation::pause;
    }
    return instruction;
}

Instruction Decoder::by_opcode(std::span<std::uint8_t const> bytes, CodeSize size) const {
    Instruction instruction;
    classify(instruction, bytes.first(std::min<std::size_t>(bytes.size(), 15)), size);
    return instruction;
}

std::optional<Decoder::MemoryOperand> Decoder::memory_operand(Instruction const& instruction,
                                                              VirtAddr address, CodeSize size) const {
    csh const handle = handles_[static_cast<std::size_t>(size)];
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    cs_insn* decoded = nullptr;
    std::size_t const count =
        cs_disasm(handle, instruction.bytes.data(), instruction.length, address, 1, &decoded);
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_OFF);
    if (count == 0) return std::nullopt;
    std::optional<MemoryOperand> found;
    cs_x86 const& x86 = decoded->detail->x86;
    auto general = [](x86_reg reg) -> std::optional<Gpr> {
        static constexpr struct {
            x86_reg names[2];
            Gpr gpr;
        } table[] = {
            {{X86_REG_RAX, X86_REG_EAX}, Gpr::rax},  {{X86_REG_RCX, X86_REG_ECX}, Gpr::rcx},
            {{X86_REG_RDX, X86_REG_EDX}, Gpr::rdx},  {{X86_REG_RBX, X86_REG_EBX}, Gpr::rbx},
            {{X86_REG_RSP, X86_REG_ESP}, Gpr::rsp},  {{X86_REG_RBP, X86_REG_EBP}, Gpr::rbp},
            {{X86_REG_RSI, X86_REG_ESI}, Gpr::rsi},  {{X86_REG_RDI, X86_REG_EDI}, Gpr::rdi},
            {{X86_REG_R8, X86_REG_R8D}, Gpr::r8},    {{X86_REG_R9, X86_REG_R9D}, Gpr::r9},
            {{X86_REG_R10, X86_REG_R10D}, Gpr::r10}, {{X86_REG_R11, X86_REG_R11D}, Gpr::r11},
            {{X86_REG_R12, X86_REG_R12D}, Gpr::r12}, {{X86_REG_R13, X86_REG_R13D}, Gpr::r13},
            {{X86_REG_R14, X86_REG_R14D}, Gpr::r14}, {{X86_REG_R15, X86_REG_R15D}, Gpr::r15},
        };
        for (auto const& row : table)
            if (row.names[0] == reg || row.names[1] == reg) return row.gpr;
        return std::nullopt;
    };
    for (unsigned i = 0; i < x86.op_count; ++i) {
        cs_x86_op const& operand = x86.operands[i];
        if (operand.type != X86_OP_MEM) continue;
        MemoryOperand memory;
        memory.base = general(operand.mem.base);
        memory.index = general(operand.mem.index);
        memory.scale = static_cast<unsigned>(operand.mem.scale);
        memory.displacement = operand.mem.disp;
        memory.rip_relative = operand.mem.base == X86_REG_RIP || operand.mem.base == X86_REG_EIP;
        memory.fs = operand.mem.segment == X86_REG_FS;
        memory.gs = operand.mem.segment == X86_REG_GS;
        memory.address_bytes = x86.addr_size;
        found = memory;
        break;
    }
    cs_free(decoded, count);
    return found;
}

}  // namespace sim::engine
