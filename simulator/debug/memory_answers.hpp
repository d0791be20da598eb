// SPDX-License-Identifier: GPL-2.0-or-later
//
// The part of a Snapshot that needs registers and guest memory only: bytes, the walk
// of an address, code, the backtrace. The page tree is apart, for it costs more.
#pragma once

#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/snapshot.hpp"

namespace sim::debug {

// The snapshot has its request, registers and symbols.
void answer_from_memory(Snapshot&, GuestMemory const&, Disassembler const&);

}  // namespace sim::debug
