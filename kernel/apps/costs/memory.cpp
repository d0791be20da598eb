// SPDX-License-Identifier: MIT
//
// Frames, objects, and pages that come to be at the first touch.
#include "kernel/memory/memory.hpp"

#include <array>

#include "kernel/apps/costs/mark.hpp"
#include "kernel/apps/need.hpp"

namespace costs {
namespace {

void use_frames() {
    std::array<base::FrameNumber, rounds> frames;
    for (auto& frame : frames) {
        COST_BEGIN(frame_allocate);
        frame = apps::need(memory::allocate_frames(0, memory::FrameOwner::application));
        COST_END(frame_allocate);
    }
    for (auto const frame : frames) {
        COST_BEGIN(frame_free);
        memory::free_frames(frame, 0);
        COST_END(frame_free);
    }
}

void use_heap() {
    std::array<void*, rounds> objects;
    for (auto& object : objects) {
        COST_BEGIN(heap_allocate);
        object = apps::need(memory::allocate(48));
        COST_END(heap_allocate);
    }
    for (auto* const object : objects) {
        COST_BEGIN(heap_free);
        memory::free(object);
        COST_END(heap_free);
    }
}

void touch_lazy_pages() {
    auto const region = apps::need(memory::allocate_lazy(rounds * base::page_size));
    for (unsigned i = 0; i < rounds; ++i) {
        std::byte& first = region[i * base::page_size];
        COST_BEGIN(page_fault);
        first = std::byte{1};
        COST_END(page_fault);
    }
}

}  // namespace

void use_memory() {
    use_frames();
    use_heap();
    touch_lazy_pages();
}

}  // namespace costs
