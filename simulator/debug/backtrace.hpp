// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who called whom, by the chain of frame pointers that the kernel keeps. Right
// also at a function's first instructions, where its frame is not yet there.
#pragma once

#include <vector>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

std::vector<StackFrame> backtrace(engine::CpuState const&, GuestMemory const&, Symbols const&,
                                  std::size_t most = 64);

// Where the current function will return to, and what RSP will then be.
struct ReturnPlace {
    std::uint64_t address = 0;
    std::uint64_t stack_pointer = 0;
};
std::optional<ReturnPlace> return_place(engine::CpuState const&, GuestMemory const&, Symbols const&);

}  // namespace sim::debug
