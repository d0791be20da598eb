// SPDX-License-Identifier: MIT
#include "kernel/memory/fault.hpp"

#include <cstring>

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/kernel_tables.hpp"

namespace memory {

using base::VirtAddr;

namespace {

// Lazy regions lie one after the other, never freed, each followed by a gap.
constexpr VirtAddr lazy_window{0xffff'e000'0000'0000};
constexpr std::uint64_t lazy_window_size = std::uint64_t{1} << 40;
constexpr std::size_t max_lazy_regions = 32;

// [doc:regions]
struct LazyRegion {
    VirtAddr start;
    VirtAddr end;
};
constinit LazyRegion lazy_regions[max_lazy_regions];
constinit std::size_t lazy_region_count = 0;
constinit std::uint64_t lazy_window_used = 0;

}  // namespace

bool in_lazy_region(VirtAddr address) {
    for (std::size_t i = 0; i < lazy_region_count; ++i)
        if (address >= lazy_regions[i].start && address < lazy_regions[i].end) return true;
    return false;
}
// [/doc:regions]

namespace {

// [doc:handler]
// Interrupts are off: the gate did that.
bool handle_page_fault(arch::TrapFrame& frame) {
    VirtAddr const address(arch::read_cr2());
    PROBE(page_fault, address.raw(), frame.error, frame.rip);
    // [lab:04-page-fault]
    arch::PageFaultError const error{{frame.error}};
    if (error.has<arch::PageFaultError::Protection>() || !in_lazy_region(address)) return false;
    auto const fresh = allocate_frames(0, FrameOwner::lazy);
    if (!fresh) return false;
    std::memset(phys_to_virt(fresh.value().start()).as<void>(), 0, base::page_size);
    auto const mapped =
        kernel_tables().map(address.align_down(base::page_size), fresh.value().start(), Rights::read_write);
    if (!mapped) free_frames(fresh.value(), 0);
    return mapped.ok();
    // [/lab:04-page-fault]
}
// [/doc:handler]

}  // namespace

void init_faults() { arch::set_exception_handler(arch::Exception::page_fault, handle_page_fault); }

// [doc:allocate]
base::Result<std::span<std::byte>, MemoryError> allocate_lazy(std::size_t size) {
    arch::InterruptsOff guard;
    std::uint64_t const length = base::align_up(std::uint64_t{size}, std::uint64_t{base::page_size});
    if (size == 0 || length > lazy_window_size - lazy_window_used || lazy_region_count == max_lazy_regions)
        return base::fail(MemoryError::out_of_addresses);
    VirtAddr const start = lazy_window + lazy_window_used;
    lazy_regions[lazy_region_count++] = {start, start + length};
    lazy_window_used += length + base::page_size;
    return std::span(start.as<std::byte>(), size);
}
// [/doc:allocate]

}  // namespace memory
