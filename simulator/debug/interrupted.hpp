// SPDX-License-Identifier: GPL-2.0-or-later
//
// Call stacks beyond an interrupt: what the handler's stub is about to give back
// (registers, then IRETQ) is the state in which its victim was.
#pragma once

#include <optional>
#include <vector>

#include "simulator/debug/backtrace.hpp"

namespace sim::debug {

// Code that only pops registers and drops words until it reaches IRETQ, begun at
// `rip` with `rsp`: the state behind it. None: the code is something else.
// [sdm-3a §6.14.3 IRET in IA-32e Mode]
std::optional<engine::CpuState> behind_iret(engine::CpuState, GuestMemory const&);

// As backtrace(), and on from who was interrupted; that frame says so.
std::vector<StackFrame> whole_backtrace(engine::CpuState const&, GuestMemory const&, Symbols const&,
                                        std::size_t most = 64);

}  // namespace sim::debug
