// SPDX-License-Identifier: MIT
#include "kernel/memory/heap.hpp"

#include <algorithm>
#include <bit>

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"

namespace memory {
namespace {

unsigned class_for(std::size_t size) {
    std::size_t const rounded = std::bit_ceil(std::max(size, Heap::smallest));
    return static_cast<unsigned>(std::countr_zero(rounded / Heap::smallest));
}

unsigned order_for(std::size_t size) {
    std::size_t const pages = (size + base::page_size - 1) / base::page_size;
    return static_cast<unsigned>(std::countr_zero(std::bit_ceil(pages)));
}

}  // namespace

void Heap::init(FrameAllocator& frames, std::uint64_t to_virtual) {
    frames_ = &frames;
    to_virtual_ = to_virtual;
    for (unsigned i = 0; i < class_count; ++i) classes_[i].object_size = class_size(i);
}

base::FrameNumber Heap::frame_of(void const* memory) const {
    auto const address = reinterpret_cast<std::uint64_t>(memory);
    return base::FrameNumber::containing(base::PhysAddr(address - to_virtual_));
}

base::Result<Heap::Slab*, MemoryError> Heap::new_slab(unsigned size_class) {
    base::FrameNumber const frame = TRY(frames_->allocate(0, FrameOwner::heap));
    auto* const memory = reinterpret_cast<std::byte*>(frame.start().raw() + to_virtual_);
    auto* const slab = ::new (static_cast<void*>(memory)) Slab{};
    slab->magic = slab_magic;
    slab->size_class = static_cast<std::uint16_t>(size_class);
    for (unsigned i = objects_per_slab(size_class); i > 0; --i) {
        guard::Slot const slot = slot_in(*slab, i - 1);
        if constexpr (base::checks) guard::poison(slot);
        slab->free = ::new (static_cast<void*>(slot.data())) FreeObject{slab->free};
    }
    classes_[size_class].partial.push_front(*slab);
    classes_[size_class].capacity += objects_per_slab(size_class);
    ++statistics_.slabs;
    return slab;
}

guard::Slot Heap::slot_in(Slab const& slab, unsigned index) {
    auto* const memory = reinterpret_cast<std::byte*>(const_cast<Slab*>(&slab));
    std::size_t const size = class_size(slab.size_class);
    return {memory + first_object(slab.size_class) + index * size, size};
}

base::Result<void*, MemoryError> Heap::allocate(std::size_t size, void const* by) {
    // First of all: no sum below can wrap.
    if (size > base::page_size << FrameAllocator::max_order) return base::fail(MemoryError::too_large);
    if constexpr (base::checks) {
        if (size + guard::overhead <= largest_in_slab) {
            void* const object = TRY(allocate_slot(size + guard::overhead));
            arm(object, size, by);
            return object;
        }
        size = std::max(size, largest_in_slab + 1);  // whole frames: those have no guards
    }
    return allocate_slot(size);
}

void Heap::free(void* object) {
    if (object == nullptr) return;
    if constexpr (base::checks) check_and_poison(object);
    free_slot(object);
}

// The slot of an object in a slab; nothing for whole frames.
guard::Slot Heap::slot_of(void* object) const {
    auto const address = reinterpret_cast<std::uint64_t>(object);
    ASSERT(frames_->owner(frame_of(object)) == FrameOwner::heap);
    if (base::is_aligned(address, std::uint64_t{base::page_size})) return {};
    auto const* const slab =
        reinterpret_cast<Slab*>(base::align_down(address, std::uint64_t{base::page_size}));
    ASSERT(slab->magic == slab_magic);
    return {static_cast<std::byte*>(object), class_size(slab->size_class)};
}

void Heap::arm(void* object, std::size_t size, void const* by) const {
    guard::Slot const slot = slot_of(object);
    if (!guard::is_poisoned(slot)) {
        base::log_error("heap: somebody wrote to {:#x} after freeing it",
                        reinterpret_cast<std::uint64_t>(object));
        base::panic("an object was used after its end");
    }
    auto const address = static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(by)) | 1;
    guard::arm(slot, {static_cast<std::uint32_t>(size), watching_ ? address | watched : address & ~watched});
}

void Heap::keep(void* object) const {
    if constexpr (!base::checks) return;
    guard::Slot const slot = slot_of(object);
    if (slot.empty()) return;  // whole frames
    guard::Tail tail = guard::tail(slot);
    tail.allocated_by &= ~watched;
    guard::set_tail(slot, tail);
}

void Heap::check_and_poison(void* object) const {
    guard::Slot const slot = slot_of(object);
    if (slot.empty()) return;
    ASSERT(guard::tail(slot).allocated_by != 0);  // or it was freed before
    if (!guard::is_intact(slot)) {
        base::log_error("heap: somebody wrote beyond the end of {:#x}, an object of {} bytes",
                        reinterpret_cast<std::uint64_t>(object), guard::tail(slot).size);
        base::panic("an object was written beyond its end");
    }
    guard::poison(slot);
}

base::Result<void*, MemoryError> Heap::allocate_slot(std::size_t size) {
    void* object;
    std::size_t rounded;
    if (size <= largest_in_slab) {
        unsigned const size_class = class_for(size);
        SizeClass& sizes = classes_[size_class];
        Slab* slab = sizes.partial.front();
        if (slab == nullptr) slab = TRY(new_slab(size_class));
        ++sizes.used;
        FreeObject* const first = slab->free;
        slab->free = first->next;
        if (++slab->used == objects_per_slab(size_class)) sizes.partial.remove(*slab);
        object = first;
        rounded = class_size(size_class);
    } else {
        unsigned const order = order_for(size);
        base::FrameNumber const frame = TRY(frames_->allocate(order, FrameOwner::heap));
        object = reinterpret_cast<void*>(frame.start().raw() + to_virtual_);
        rounded = base::page_size << order;
    }
    ++statistics_.objects;
    ++statistics_.allocations;
    statistics_.bytes += rounded;
    PROBE(heap_alloc, object, size);
    return object;
}

void Heap::free_slot(void* object) {
    PROBE(heap_free, object);
    auto const address = reinterpret_cast<std::uint64_t>(object);
    base::FrameNumber const frame = frame_of(object);
    ASSERT(frames_->owner(frame) == FrameOwner::heap);
    --statistics_.objects;

    if (base::is_aligned(address, std::uint64_t{base::page_size})) {
        unsigned const order = frames_->order_of(frame);
        statistics_.bytes -= base::page_size << order;
        frames_->free(frame, order);
        return;
    }
    auto* const slab = reinterpret_cast<Slab*>(base::align_down(address, std::uint64_t{base::page_size}));
    ASSERT(slab->magic == slab_magic);
    unsigned const size_class = slab->size_class;
    ASSERT((base::align_down(address, std::uint64_t{16}) == address) && slab->used > 0);
    statistics_.bytes -= class_size(size_class);
    SizeClass& sizes = classes_[size_class];
    --sizes.used;
    slab->free = ::new (object) FreeObject{slab->free};
    bool const was_full = slab->used-- == objects_per_slab(size_class);
    if (was_full) sizes.partial.push_front(*slab);
    if (slab->used > 0) return;
    // Empty: keep one slab a class for the next caller, give the others back.
    if (sizes.partial.front() == slab && sizes.partial.after(*slab) == nullptr) return;
    sizes.partial.remove(*slab);
    sizes.capacity -= objects_per_slab(size_class);
    slab->magic = 0;
    --statistics_.slabs;
    frames_->free(frame, 0);
}

}  // namespace memory
