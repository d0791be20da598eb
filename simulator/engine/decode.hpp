// SPDX-License-Identifier: GPL-2.0-or-later
//
// Looks at a block of guest code before it runs for the first time: where each
// instruction starts, and which of them the engine must not run on its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "simulator/engine/cpu.hpp"
#include "simulator/engine/numeric.hpp"

namespace sim::engine {

enum class InstructionClass : std::uint8_t {
    plain,      // the engine does it
    emulated,   // we do it: emulate() in system_instructions.cpp
    stepped,    // the engine does it, alone, and we look at the result: it may change segments, privilege or
                // mode, or its effect must come at an exact count
    undefined,  // the engine would do it, but CPUID does not promise it: #UD
};

enum class Operation : std::uint8_t {
    none,
    in_imm,
    in_dx,
    out_imm,
    out_dx,
    hlt,
    int3,
    int1,
    int_n,
    into,
    syscall,
    sysret,
    sysenter,
    sysexit,
    cpuid,
    rdtsc,
    rdtscp,
    rdpmc,
    rdmsr,
    wrmsr,
    mov_from_cr,
    mov_to_cr,
    mov_from_dr,
    mov_to_dr,
    clts,
    invlpg,
    string_io,  // INS, OUTS
    iret,
    segment,  // loads a segment register or reads a descriptor
    lmsw,
    smsw,  // to a register, in 16- and 32-bit code
    lldt,
    ltr,
    load_table,    // LGDT, LIDT
    load_mxcsr,    // LDMXCSR, FXRSTOR
    rotate_carry,  // RCL and RCR of memory
    pause,         // only where it matters: see Decoder::stop_at_pause
};

// One instruction, as far as we need to know it.
struct Instruction {
    std::uint8_t length = 0;
    InstructionClass kind = InstructionClass::plain;
    Operation operation = Operation::none;
    std::uint8_t operand_bytes = 4;  // of IN and OUT, SYSRET and SYSEXIT (8 with REX.W)
    std::uint8_t control = 0;        // control or debug register number
    std::uint8_t general = 0;        // general register number
    std::uint8_t immediate = 0;
    bool long_code = true;
    bool in_register = false;   // the operand of LLDT and LTR
    bool restores_all = false;  // FXRSTOR, of load_mxcsr
    bool pops_flags = false;    // POPF
    bool aligned = false;       // has an operand in memory that must lie on 16 bytes
    Numeric numeric;
    std::array<std::uint8_t, 15> bytes{};
};

// A branch inside the code segment, by its opcode.
struct NearBranch {
    enum class Kind : std::uint8_t { none, jump, loop, call, ret } kind = Kind::none;
    std::uint16_t released = 0;  // bytes that RET takes off the stack, besides the address
};
NearBranch near_branch(Instruction const& instruction);  // in 64-bit code

// Instruction set that the bytes are in.
enum class CodeSize : std::uint8_t { bits16, bits32, bits64 };

class Decoder {
public:
    Decoder();
    ~Decoder();
    Decoder(Decoder const&) = delete;
    Decoder& operator=(Decoder const&) = delete;

    // The first instruction in `bytes`; none when they are no instruction or
    // end before it does.
    std::optional<Instruction> decode(std::span<std::uint8_t const> bytes, VirtAddr address,
                                      CodeSize size) const;

    // What the engine executes although the disassembler calls it no instruction
    // (MOV DS with REX.R): no length, and the class by its opcode.
    Instruction by_opcode(std::span<std::uint8_t const> bytes, CodeSize size) const;

    bool stop_at_pause = false;  // PAUSE is `emulated`, not `plain`

    // A memory operand's parts.
    struct MemoryOperand {
        std::optional<Gpr> base, index;
        unsigned scale = 1;
        std::int64_t displacement = 0;
        bool rip_relative = false, fs = false, gs = false;
        unsigned address_bytes = 8;
    };
    std::optional<MemoryOperand> memory_operand(Instruction const&, VirtAddr address, CodeSize size) const;

    // What it does to general registers, in 64-bit code.
    struct Effect {
        enum class Kind : std::uint8_t {
            none,
            moves,    // `to` becomes `from` plus `offset`
            aligns,   // `to` becomes a multiple of 16
            changes,  // `to` becomes something
            changes_all,
        } kind = Kind::none;
        Gpr to = Gpr::rax, from = Gpr::rax;
        std::int64_t offset = 0;
    };
    Effect effect(Instruction const&, VirtAddr address) const;

private:
    std::size_t length(std::span<std::uint8_t const> bytes, VirtAddr address, CodeSize size) const;
    std::array<std::uint64_t, 3> handles_{};  // Capstone's, one a code size
};

}  // namespace sim::engine
