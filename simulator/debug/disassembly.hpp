// SPDX-License-Identifier: GPL-2.0-or-later
//
// Machine code as text, with names and source lines beside it. What an instruction
// says is Capstone's word, or one of a list that Capstone wrote (simulator/album).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/debug/symbols.hpp"

namespace sim::debug {

enum class CodeMode : std::uint8_t { bits16, bits32, bits64 };

struct Instruction {
    std::uint64_t address = 0;
    std::array<std::uint8_t, 15> bytes{};
    std::uint8_t length = 0;  // 1..15; 1 for a byte that is no instruction
    bool valid = true;        // false: "(bad)"
    bool readable = true;     // false: the page is not mapped, "??"
    std::string mnemonic, operands;
    std::optional<std::uint64_t> target;  // of a jump, a call or a RIP-relative operand
    std::string target_name;              // "memory::map", "g_frames+8"
    std::string label;                    // set where a function begins
    SourceLine source;                    // line 0 when unknown
    bool starts_line = false;             // first instruction of its source line here
    bool call = false, jump = false, returns = false;
};

struct Disassembly {
    std::vector<Instruction> instructions;  // ascending addresses
    std::size_t focus = 0;                  // the one asked for ("around")
    CodeMode mode = CodeMode::bits64;
};

// Reads code bytes; returns how many of `into` could be read (0: not mapped).
using CodeReader = std::function<std::size_t(std::uint64_t address, std::span<std::uint8_t> into)>;

// One instruction of at least one byte, with no names yet. What is no instruction gives
// one that is not `valid`, of length 1.
using Decoder =
    std::function<Instruction(std::uint64_t address, std::span<std::uint8_t const> bytes, CodeMode)>;
// Capstone. Throws std::runtime_error when it cannot start.
Decoder capstone();

class Disassembler {
public:
    explicit Disassembler(std::shared_ptr<Symbols const>, Decoder = capstone());

    // `before` and `after` count instructions. Code before `around` is found by
    // starting at the function's first byte, or by trying starts that fall into step.
    Disassembly around(std::uint64_t address, unsigned before, unsigned after, CodeMode,
                       CodeReader const&) const;
    // One instruction, with its names. No bytes: not `readable`.
    Instruction one(std::uint64_t address, std::span<std::uint8_t const> bytes, CodeMode) const;

private:
    void annotate(Instruction&) const;

    std::shared_ptr<Symbols const> symbols_;
    Decoder decode_;
};

}  // namespace sim::debug
