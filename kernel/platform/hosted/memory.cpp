// SPDX-License-Identifier: MIT
//
// The heap, on that of the host, with the bound that the options give: an
// application that asks for too much hears it here, too.
#include "kernel/memory/memory.hpp"

#include <malloc.h>

#include <cstdlib>

#include "kernel/platform/hosted/options.hpp"

namespace memory {
namespace {

HeapStatistics heap;

}  // namespace

base::Result<void*, MemoryError> allocate(std::size_t size) {
    std::uint64_t const bound = platform::hosted::options().memory;
    if (size > bound || heap.bytes > bound - size) return base::fail(MemoryError::out_of_memory);
    void* const place = std::malloc(size > 0 ? size : 1);
    if (place == nullptr) return base::fail(MemoryError::out_of_memory);
    ++heap.objects;
    ++heap.allocations;
    heap.bytes += malloc_usable_size(place);
    return place;
}

void free(void* object) {
    if (object == nullptr) return;
    --heap.objects;
    heap.bytes -= malloc_usable_size(object);
    std::free(object);
}

void keep(void*) {}

Statistics statistics() {
    Statistics result{};
    result.total_frames = platform::hosted::options().memory >> base::page_shift;
    std::uint64_t const used = (heap.bytes + base::page_size - 1) >> base::page_shift;
    result.free_frames = used < result.total_frames ? result.total_frames - used : 0;
    result.heap = heap;
    return result;
}

}  // namespace memory
