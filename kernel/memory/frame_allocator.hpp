// SPDX-License-Identifier: MIT
//
// Physical memory, handed out in blocks of 2^order frames: the buddy system.
// A block of order n starts at a multiple of 2^n frames. Splitting one gives two
// buddies, whose numbers differ in one bit; when both are free they merge again.
// Both ways cost at most max_order steps. [knuth-1 §2.5]
//
// Two bytes are kept for every frame: whose it is, which the debugger shows as
// the map of physical memory, and the order of the block that starts there. The
// lists of free blocks are linked through the free frames themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/address.hpp"
#include "kernel/base/list.hpp"
#include "kernel/base/result.hpp"
#include "kernel/memory/error.hpp"

namespace memory {

// [doc:owners]
// Whose a frame is. The numbers are part of the debugger's contract.
enum class FrameOwner : std::uint8_t {
    reserved = 0,  // not RAM, or not ours
    free = 1,
    kernel_image = 2,  // text, data and BSS
    frame_table = 3,   // the allocator's own two bytes a frame
    page_table = 4,
    heap = 5,
    thread_stack = 6,
    dma = 7,  // rings that a device reads and writes
    packet_buffer = 8,
    lazy = 9,     // filled at the first touch
    module = 10,  // a file that the loader put into memory
    application = 11,
};
// [/doc:owners]
constexpr std::size_t frame_owner_count = 12;
std::string_view owner_name(FrameOwner owner);

class FrameAllocator {
public:
    static constexpr unsigned max_order = 10;  // 4 MiB

    // `to_virtual` is added to a physical address to reach the memory.
    // The tables have one byte a frame, all zero, and live as long as this.
    void init(std::span<FrameOwner> owners, std::span<std::uint8_t> blocks, std::uint64_t to_virtual);

    // [doc:interface]
    // Gives the allocator RAM that nobody uses.
    void add_region(base::FrameNumber first, base::FrameNumber end);

    // 2^order frames; their contents are what they were.
    base::Result<base::FrameNumber, MemoryError> allocate(unsigned order, FrameOwner owner);
    // Takes back a whole block. Anything but the start of an allocated block of
    // that order is our own mistake, and asserted: a double free ends here.
    void free(base::FrameNumber first, unsigned order);
    // [/doc:interface]

    // The order of the allocated block that starts here.
    unsigned order_of(base::FrameNumber first) const;

    // Every allocated block: visit(first frame, order).
    template <class Visit>
    void for_each_block(Visit visit) const {
        for (std::uint64_t f = 0; f < blocks_.size();) {
            unsigned const block = blocks_[f], order = block & 0x3fu;  // 0 for what was never ours
            if ((block & (block_start | block_free)) == block_start) visit(base::FrameNumber(f), order);
            f += 1ULL << order;
        }
    }

    // For frames that were never the allocator's: the image, modules.
    void mark(base::FrameNumber first, base::FrameNumber end, FrameOwner owner);

    FrameOwner owner(base::FrameNumber frame) const;
    std::uint64_t frames(FrameOwner owner) const { return counts_[static_cast<std::size_t>(owner)]; }
    std::uint64_t free_frames() const { return frames(FrameOwner::free); }
    std::uint64_t total_frames() const { return total_; }  // all that add_region gave
    std::size_t free_blocks(unsigned order) const { return free_[order].size(); }

private:
    // [doc:free-block]
    // What lies in the first bytes of a free block.
    struct FreeBlock {
        base::ListLink link;
    };
    // blocks_[f]: 0 inside a block; at its start the order, and is it free.
    static constexpr std::uint8_t block_start = 0x80;
    static constexpr std::uint8_t block_free = 0x40;
    // [/doc:free-block]

    FreeBlock* at(base::FrameNumber frame) const;
    base::FrameNumber number(FreeBlock const* block) const;
    bool is_free_block(std::uint64_t frame, unsigned order) const;
    void set_owner(base::FrameNumber first, unsigned order, FrameOwner owner);
    void push(base::FrameNumber first, unsigned order);
    void release(std::uint64_t first, unsigned order);

    std::span<FrameOwner> owners_;
    std::span<std::uint8_t> blocks_;
    std::uint64_t to_virtual_ = 0;
    std::array<base::List<FreeBlock, &FreeBlock::link>, max_order + 1> free_;
    std::uint64_t counts_[frame_owner_count] = {};
    std::uint64_t total_ = 0;
};

}  // namespace memory
