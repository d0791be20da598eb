// SPDX-License-Identifier: GPL-2.0-or-later
//
// The call stack of every thread, whether or not it runs: from the processor's
// registers, or from those that the switch saved.
#pragma once

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

// Of the first so many threads.
constexpr std::size_t most_thread_stacks = 256;

ThreadStack stack_of(Thread const&, engine::CpuState const& running, GuestMemory const&, Symbols const&);

// The snapshot has its request, registers, symbols and threads.
void answer_thread_stacks(Snapshot&, GuestMemory const&);

}  // namespace sim::debug
