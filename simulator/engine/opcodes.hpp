// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions about an instruction's bytes that the disassembler does not answer.
// [sdm-2 appendix A, opcode maps]
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "simulator/engine/decode.hpp"

namespace sim::engine {

struct Prefixes {
    std::size_t count = 0;  // bytes of prefixes; the opcode follows
    bool operand_16 = false, lock = false, repeat = false;
    std::uint8_t repeat_byte = 0;  // F2 or F3, the last of them; 0: none
    std::uint8_t rex = 0;
};
Prefixes read_prefixes(std::span<std::uint8_t const> bytes, CodeSize size);

// LOCK stands only before some, with a destination in memory. [sdm-2 LOCK]
// None: the bytes end too early to tell.
std::optional<bool> lockable(std::span<std::uint8_t const> bytes, Prefixes const& prefixes);

// An SSE instruction with an operand of 16 bytes in memory that must lie on 16
// bytes. [sdm-1 §4.9]
bool has_aligned_operand(std::span<std::uint8_t const> bytes, Prefixes const& prefixes);

// Of a structure in memory whose beginning alone must be aligned: the state of
// x87, the contents of a table register. 0 for everything else. [sdm-3a table 6-7]
unsigned structure_alignment(std::span<std::uint8_t const> bytes, CodeSize size);

}  // namespace sim::engine
