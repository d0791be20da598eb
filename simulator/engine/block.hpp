// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the processor knows of a block of translated code, at full length and as
// the hot path looks at it.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "simulator/engine/cpu.hpp"
#include "simulator/engine/decode.hpp"

namespace sim::engine {

// An operand that must lie on 16 bytes: at `offset` plus what the registers
// hold where the block begins, times their scales. (alignment.cpp)
struct AlignedOperand {
    std::uint32_t instruction = 0;  // its index in the block
    std::int64_t offset = 0;
    std::vector<std::pair<Gpr, unsigned>> registers{};
};

// What we know of one block of translated code. True as long as `frames`
// hold the code of `versions`.
struct Block {
    VirtAddr address = 0;
    std::uint32_t size = 0;   // bytes
    std::uint32_t count = 0;  // instructions
    std::uint64_t checked_at = 0;
    std::array<PhysAddr, 2> frames{};  // the second when it reaches into the next page
    std::array<std::uint32_t, 2> versions{};
    CodeSize code_size = CodeSize::bits64;
    unsigned checks = 0;          // that were in force: what is a cut depends on them
    std::int32_t cut = -1;        // index of the first instruction that the fast engine must not run
    Instruction cut_instruction;  // that instruction; length 0 when we could not read it whole
    std::vector<std::uint8_t> lengths;
    std::vector<AlignedOperand> aligned;  // before the cut
};

// What the hot path needs of a block, found by its address. Good while
// `hot_at` equals epoch_, which changes with every event that could make it
// wrong: a flush of the guest's TLB, a change of code, of mode.
struct HotBlock {
    VirtAddr address = 0;  // with the mark of ring 3, so that no ring finds another's
    std::uint64_t hot_at = 0;
    Block* block = nullptr;
    std::uint32_t size = 0;
    std::uint16_t count = 0;  // the engine puts 512 into a block at most
    bool looks_at_operands = false;
};
static_assert(sizeof(HotBlock) == 32);  // two in a cache line

}  // namespace sim::engine
