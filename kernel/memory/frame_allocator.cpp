// SPDX-License-Identifier: MIT
#include "kernel/memory/frame_allocator.hpp"

#include <algorithm>
#include <bit>
#include <string_view>

#include "kernel/base/assert.hpp"
#include "kernel/base/probe.hpp"

namespace memory {

using base::FrameNumber;

std::string_view owner_name(FrameOwner owner) {
    constexpr std::string_view names[frame_owner_count] = {
        "reserved",     "free", "kernel image",  "frame table", "page table", "heap",
        "thread stack", "dma",  "packet buffer", "lazy",        "module",     "application",
    };
    return names[static_cast<std::size_t>(owner)];
}

void FrameAllocator::init(std::span<FrameOwner> owners, std::span<std::uint8_t> blocks,
                          std::uint64_t to_virtual) {
    ASSERT(owners.size() == blocks.size());
    owners_ = owners;
    blocks_ = blocks;
    to_virtual_ = to_virtual;
    counts_[static_cast<std::size_t>(FrameOwner::reserved)] = owners.size();
}

void FrameAllocator::add_region(FrameNumber first, FrameNumber end) {
    // [lab:02-add-region]
    ASSERT(first <= end && end.raw() <= owners_.size());
    total_ += end - first;
    std::uint64_t at = first.raw();
    while (at < end.raw()) {
        // The largest block that starts here: its alignment and the rest limit it.
        unsigned const by_alignment = static_cast<unsigned>(std::countr_zero(at | 1ULL << max_order));
        unsigned const by_size = static_cast<unsigned>(std::bit_width(end.raw() - at)) - 1;
        unsigned const order = std::min(by_alignment, by_size);
        release(at, order);
        at += 1ULL << order;
    }
    // [/lab:02-add-region]
}

// [doc:allocate]
base::Result<FrameNumber, MemoryError> FrameAllocator::allocate(unsigned order, FrameOwner owner) {
    // [lab:02-allocate]
    // The smallest free block that is large enough.
    unsigned found = order;
    while (found <= max_order && free_[found].empty()) ++found;
    if (found > max_order) return base::fail(MemoryError::out_of_memory);

    FrameNumber const first = number(free_[found].pop_front());
    // Too large: keep the lower half, give the upper half back, and again.
    while (found > order) {
        --found;
        push(first + (1ULL << found), found);
    }
    blocks_[first.raw()] = static_cast<std::uint8_t>(block_start | order);
    set_owner(first, order, owner);
    PROBE(frame_alloc, first.raw(), order, owner);
    return first;
    // [/lab:02-allocate]
}
// [/doc:allocate]

// [doc:free]
void FrameAllocator::free(FrameNumber first, unsigned order) {
    // [lab:02-free]
    ASSERT(first.raw() < blocks_.size());
    ASSERT(blocks_[first.raw()] == (block_start | order));  // a double free, or not a block's start
    PROBE(frame_free, first.raw(), order);
    release(first.raw(), order);
    // [/lab:02-free]
}
// [/doc:free]

void FrameAllocator::release(std::uint64_t first, unsigned order) {
    // [lab:02-release]
    set_owner(FrameNumber(first), order, FrameOwner::free);
    blocks_[first] = 0;
    while (order < max_order) {
        std::uint64_t const buddy = first ^ (1ULL << order);
        if (!is_free_block(buddy, order)) break;
        free_[order].remove(*at(FrameNumber(buddy)));
        blocks_[buddy] = 0;
        first = std::min(first, buddy);
        ++order;
    }
    push(FrameNumber(first), order);
    // [/lab:02-release]
}

// [doc:is-free-block]
bool FrameAllocator::is_free_block(std::uint64_t frame, unsigned order) const {
    return frame < blocks_.size() && blocks_[frame] == (block_start | block_free | order);
}
// [/doc:is-free-block]

// [doc:push]
void FrameAllocator::push(FrameNumber first, unsigned order) {
    FreeBlock* const block = at(first);
    block->link = {};  // the memory held anything
    free_[order].push_front(*block);
    blocks_[first.raw()] = static_cast<std::uint8_t>(block_start | block_free | order);
}
// [/doc:push]

void FrameAllocator::set_owner(FrameNumber first, unsigned order, FrameOwner owner) {
    std::uint64_t const count = 1ULL << order;
    counts_[static_cast<std::size_t>(owners_[first.raw()])] -= count;
    counts_[static_cast<std::size_t>(owner)] += count;
    std::fill_n(owners_.begin() + static_cast<std::ptrdiff_t>(first.raw()), count, owner);
}

unsigned FrameAllocator::order_of(FrameNumber first) const {
    std::uint8_t const block = blocks_[first.raw()];
    ASSERT((block & (block_start | block_free)) == block_start);
    return block & 0x3fu;
}

void FrameAllocator::mark(FrameNumber first, FrameNumber end, FrameOwner owner) {
    for (; first < end; first = first + 1) set_owner(first, 0, owner);
}

// [doc:owner]
FrameOwner FrameAllocator::owner(FrameNumber frame) const {
    return frame.raw() < owners_.size() ? owners_[frame.raw()] : FrameOwner::reserved;
}
// [/doc:owner]

FrameAllocator::FreeBlock* FrameAllocator::at(FrameNumber frame) const {
    return reinterpret_cast<FreeBlock*>(frame.start().raw() + to_virtual_);
}

FrameNumber FrameAllocator::number(FreeBlock const* block) const {
    return FrameNumber::containing(base::PhysAddr(reinterpret_cast<std::uint64_t>(block) - to_virtual_));
}

}  // namespace memory
