// SPDX-License-Identifier: MIT
//
// The kernel's memory: the one frame allocator, the one address space and the
// one heap, behind functions that any thread may call. None of them may be
// called from an interrupt handler; none of them blocks.
//
// [doc:address-space]
// The address space:
//
//     0x0000000000000000  nothing: a null pointer faults
//     0xffff800000000000  the direct map: all RAM, RW- (the kernel's text and rodata R--)
//     0xffffc00000000000  registers of devices, uncached
//     0xffffd00000000000  thread stacks, each above an unmapped guard
//     0xffffe00000000000  lazy regions
//     0xffffffff80000000  the image: text R-X, rodata R--, data RW-
// [/doc:address-space]
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <utility>

#include "kernel/base/address.hpp"
#include "kernel/base/format.hpp"
#include "kernel/base/result.hpp"
#include "kernel/memory/error.hpp"
#include "kernel/memory/frame_allocator.hpp"
#include "kernel/memory/heap.hpp"
#include "kernel/memory/leak_search.hpp"
#include "kernel/memory/memory_map.hpp"
#include "kernel/memory/paging.hpp"

namespace memory {

// Boot, once, on the first tables of boot.S: takes over the free RAM, builds the
// final page tables and switches to them. What the loader wrote may then be gone.
// Modules keep their frames.
[[gnu::cold]] void init(MemoryMap map, std::span<FrameRange const> modules);

// Physical memory. The addresses in the direct map are valid as long as the frames.
base::VirtAddr phys_to_virt(base::PhysAddr address);
// Works for every mapped address, by walking the tables.
base::Result<base::PhysAddr, MemoryError> virt_to_phys(base::VirtAddr address);

base::Result<base::FrameNumber, MemoryError> allocate_frames(unsigned order, FrameOwner owner);
void free_frames(base::FrameNumber first, unsigned order);

// Whole numbers, for reports.
struct Statistics {
    std::uint64_t total_frames;
    std::uint64_t free_frames;
    HeapStatistics heap;
};
Statistics statistics();
std::uint64_t frames_of(FrameOwner owner);
FrameOwner owner_of(base::FrameNumber frame);

// For tests of what happens then: a debugger or the simulator (--fault "fail
// allocation 17") writes n here, and the n-th allocation of heap, frames, a stack or a
// page table from then on finds no memory. 0: none is made to fail. The word fail-allocation=N of the
// command line does the same from boot on.
extern std::uint64_t failing_allocation;

// Leaks, in development builds: what was allocated since watch_for_leaks(), of the heap and
// of frames, was not freed, and nobody points to any more. `follow_roots` has the search
// follow whatever is in use by itself (leak_search.hpp). Interrupts are off meanwhile.
struct Leak {
    std::uint64_t size = 0;
    base::VirtAddr allocated_by;  // the return address
};
void watch_for_leaks();
void for_each_leak(void (*follow_roots)(LeakSearch& search), void (*visit)(Leak const& leak));
// This object stays as long as the machine runs: it is no leak.
void keep(void* object);

// The heap. Failure is a value; there is no plain operator new in this kernel
// (a program that uses it does not link).
base::Result<void*, MemoryError> allocate(std::size_t size);
void free(void* object);

template <class T, class... Arguments>
[[gnu::always_inline]] inline base::Result<T*, MemoryError> make(Arguments&&... arguments) {
    static_assert(alignof(T) <= Heap::smallest);
    void* const place = TRY(allocate(sizeof(T)));
    return ::new (place) T(std::forward<Arguments>(arguments)...);
}
template <class T>
void destroy(T* object) {
    if (object == nullptr) return;
    object->~T();
    free(object);
}

// Registers of a device: uncached, read-write, for as long as the kernel runs.
base::Result<base::VirtAddr, MemoryError> map_device(base::PhysAddr start, std::uint64_t size);
// Tables that firmware left in memory, RAM or not: cached, read-only.
base::Result<std::span<std::byte const>, MemoryError> map_firmware(base::PhysAddr start, std::uint64_t size);

// A stack with an unmapped guard page below. Size: whole pages, at most 60 KiB.
struct Stack {
    base::VirtAddr bottom;  // the lowest mapped address
    base::VirtAddr top;     // one past the highest
};
[[gnu::cold]] base::Result<Stack, MemoryError> allocate_stack(std::size_t size, std::string_view name);
[[gnu::cold]] void free_stack(Stack stack);

// A region whose pages come to be at the first touch, cleared. Touching one when there
// are too few frames, for it and for its page tables, is a page fault that nobody repairs.
base::Result<std::span<std::byte>, MemoryError> allocate_lazy(std::size_t size);
// Fills the pages of this part of a lazy region now, so that no touch of it can fail: for
// whoever would rather be told. out_of_memory: some pages are there, the rest is as lazy as
// before. out_of_addresses: not part of a lazy region.
base::Result<void, MemoryError> populate(std::span<std::byte> part);

// The end of boot: from now on no page becomes executable, and the mappings of the
// kernel's text and constants are final.
void seal();

// Is this address readable? For the backtrace, which follows wild pointers.
bool is_mapped(base::VirtAddr address);
// A line that says what lies at an address that faulted: the guard of whose stack, or lazy
// memory, and how many frames are free if it is not there. Or nothing.
[[gnu::cold]] void describe_address(base::TextSink& sink, base::VirtAddr address);

}  // namespace memory
