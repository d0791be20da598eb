// SPDX-License-Identifier: MIT
#include <cstring>

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/memory/fault.hpp"
#include "kernel/memory/kernel_tables.hpp"

namespace memory {

using base::VirtAddr;

namespace {

base::Result<void, MemoryError> fill(VirtAddr page) {
    auto const fresh = TRY(allocate_frames(0, FrameOwner::lazy));
    std::memset(phys_to_virt(fresh.start()).as<void>(), 0, base::page_size);
    auto const mapped = kernel_tables().map(page, fresh.start(), Rights::read_write);
    if (!mapped) free_frames(fresh, 0);
    return mapped;
}

}  // namespace

base::Result<void, MemoryError> populate(std::span<std::byte> part) {
    if (part.empty()) return {};
    VirtAddr const first = VirtAddr::of(part.data()), last = first + (part.size() - 1);
    for (VirtAddr page = first.align_down(base::page_size); page <= last; page = page + base::page_size) {
        arch::InterruptsOff guard;  // for one page at a time: another thread may touch it, too
        if (!in_lazy_region(page)) return base::fail(MemoryError::out_of_addresses);
        if (is_mapped(page)) continue;
        auto const filled = fill(page);
        if (!filled) return filled;
    }
    return {};
}

}  // namespace memory
