// SPDX-License-Identifier: MIT
//
// Memory for objects. Sizes up to 1024 come from slabs: a frame cut into equal
// objects of a power of two, its free ones in a list through themselves. Larger
// sizes are whole blocks of frames. free() needs no size: a slab's header lies
// at the start of its frame, and a whole block starts at a frame's first byte,
// where no slab object can be.
//
// In development builds every object in a slab is guarded (heap_guard.hpp): what writes
// beyond its end, or into it after free(), ends in a panic that says so.
//
// This class does not lock; memory::allocate and memory::free do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/base/bits.hpp"
#include "kernel/base/list.hpp"
#include "kernel/base/result.hpp"
#include "kernel/memory/error.hpp"
#include "kernel/memory/frame_allocator.hpp"
#include "kernel/memory/heap_guard.hpp"

namespace memory {

struct HeapStatistics {
    std::uint64_t objects = 0;      // allocated now
    std::uint64_t bytes = 0;        // in objects, rounded up to their class
    std::uint64_t slabs = 0;        // frames cut into objects
    std::uint64_t allocations = 0;  // ever
};

class Heap {
public:
    static constexpr std::size_t smallest = 16;  // also the alignment of every object
    static constexpr std::size_t largest_in_slab = 1024;

    void init(FrameAllocator& frames, std::uint64_t to_virtual);

    // At least `size` bytes, aligned to 16. Not cleared. `by`, the caller's return
    // address, is for the report of leaks.
    base::Result<void*, MemoryError> allocate(std::size_t size, void const* by = nullptr);
    // Null is allowed. Anything that allocate did not return is asserted away
    // as far as it can be seen.
    void free(void* object);

    HeapStatistics const& statistics() const { return statistics_; }

    // Development builds: objects that are allocated from now on are watched.
    void watch_for_leaks() { watching_ = true; }
    bool watching() const { return watching_; }
    // This object stays for ever: it is not watched.
    void keep(void* object) const;
    // Is there a slab in this block of frames? If so, its objects:
    // visit(memory, size, by whom, is it watched).
    template <class Visit>
    bool for_each_object(base::FrameNumber first, unsigned order, Visit visit) const;

private:
    struct FreeObject {
        FreeObject* next;
    };
    struct Slab {
        base::ListLink link;  // in SizeClass::partial while it has a free object
        FreeObject* free;
        std::uint32_t magic;
        std::uint16_t size_class;
        std::uint16_t used;
    };
    static constexpr std::uint32_t slab_magic = 0x51ab51ab;
    // A bit of guard::Tail::allocated_by: text lies in the low half of its 2 GiB.
    static constexpr std::uint32_t watched = 1 << 30;
    static constexpr unsigned class_count = 7;  // 16, 32, ... 1024

    // One size of object.
    struct SizeClass {
        std::uint64_t object_size = 0;
        std::uint64_t used = 0;                 // objects allocated now
        std::uint64_t capacity = 0;             // objects in all slabs of this size
        base::List<Slab, &Slab::link> partial;  // slabs with a free object
    };
    static constexpr std::size_t class_size(unsigned size_class) { return smallest << size_class; }
    // The header takes the room of the first object, or of the first few.
    static constexpr std::size_t first_object(unsigned size_class) {
        return base::align_up(sizeof(Slab), class_size(size_class));
    }
    static constexpr unsigned objects_per_slab(unsigned size_class) {
        return static_cast<unsigned>((base::page_size - first_object(size_class)) / class_size(size_class));
    }
    base::Result<void*, MemoryError> allocate_slot(std::size_t size);
    void free_slot(void* object);
    guard::Slot slot_of(void* object) const;
    static guard::Slot slot_in(Slab const& slab, unsigned index);
    void arm(void* object, std::size_t size, void const* by) const;
    void check_and_poison(void* object) const;
    [[gnu::cold]] base::Result<Slab*, MemoryError> new_slab(unsigned size_class);
    base::FrameNumber frame_of(void const* memory) const;

    FrameAllocator* frames_ = nullptr;
    std::uint64_t to_virtual_ = 0;
    std::array<SizeClass, class_count> classes_;
    HeapStatistics statistics_;
    bool watching_ = false;
};

template <class Visit>
bool Heap::for_each_object(base::FrameNumber first, unsigned order, Visit visit) const {
    auto const* const slab = reinterpret_cast<Slab const*>(first.start().raw() + to_virtual_);
    if (order > 0 || slab->magic != slab_magic) return false;  // a large object
    for (unsigned i = 0; i < objects_per_slab(slab->size_class); ++i) {
        guard::Slot const slot = slot_in(*slab, i);
        guard::Tail const tail = guard::tail(slot);
        if (tail.allocated_by == 0) continue;  // it is free
        visit(slot.data(), tail.size, tail.allocated_by, (tail.allocated_by & watched) != 0);
    }
    return true;
}

}  // namespace memory
