// SPDX-License-Identifier: MIT
//
// The kernel's own page tables. Only this folder changes them.
#pragma once

#include "kernel/memory/frame_allocator.hpp"
#include "kernel/memory/memory_map.hpp"
#include "kernel/memory/paging.hpp"

namespace memory {

// Maps all RAM and the image. Panics when the memory does not suffice for that.
void build_kernel_tables(MemoryMap const& ram, FrameAllocator& frames);

// Callers have interrupts off.
PageTables& kernel_tables();

// Is this the allocation that shall fail (memory::failing_allocation)? Counts it.
// Interrupts are off.
bool made_to_fail();

}  // namespace memory
