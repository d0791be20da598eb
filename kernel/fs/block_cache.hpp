// SPDX-License-Identifier: MIT
//
// Blocks of a device, kept in memory. Whoever uses a block holds a BlockRef:
// while one lives the block stays where it is. A changed block stays in memory
// until write_back(): the journal decides when that may be, so a block that was
// changed is never given up for another one before.
//
// Not locked.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "kernel/base/assert.hpp"
#include "kernel/base/result.hpp"
#include "kernel/fs/block_device.hpp"

namespace fs {

// The place of one block; the cache's owner provides them.
struct CachedBlock {
    std::uint64_t number = 0;
    bool valid = false;       // it holds block `number`
    bool dirty = false;       // and differs from the device's
    std::uint32_t users = 0;  // BlockRefs
    std::uint64_t used = 0;   // when last, in counts of get()
    alignas(16) std::byte bytes[block_size];
};

// Holds a block in memory while it lives.
class BlockRef {
public:
    explicit BlockRef(CachedBlock& block) : block_(&block) { ++block.users; }
    BlockRef(BlockRef&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
    BlockRef& operator=(BlockRef&& other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~BlockRef() {
        if (block_ != nullptr) --block_->users;
    }

    std::byte const* data() const { return block_->bytes; }
    // To change it: from now on it is dirty.
    std::byte* change() {
        block_->dirty = true;
        return block_->bytes;
    }
    template <class T>
    T const* as() const {
        return reinterpret_cast<T const*>(block_->bytes);
    }
    template <class T>
    T* change_as() {
        return reinterpret_cast<T*>(change());
    }

private:
    CachedBlock* block_;
};

class BlockCache {
public:
    // The places live as long as the cache.
    BlockCache(BlockDevice& device, std::span<CachedBlock> places) : device_(device), places_(places) {}
    BlockCache(BlockCache const&) = delete;
    BlockCache& operator=(BlockCache const&) = delete;

    // The block, read from the device if need be. Error::no_memory: every place is in use
    // or dirty.
    base::Result<BlockRef, Error> get(std::uint64_t number);
    // The block, all zero and dirty: what the device has is of no interest.
    base::Result<BlockRef, Error> get_cleared(std::uint64_t number);

    std::size_t places() const { return places_.size(); }
    std::size_t dirty() const;
    // The dirty blocks in the order of their numbers: the one after `last`, the first after
    // null; null at the end.
    CachedBlock const* next_dirty(CachedBlock const* last) const;
    // Every dirty block to its place on the device; then none is dirty. No barrier. Whoever
    // calls it has made sure that the changes last: if the device fails half-way, those that
    // are still dirty stay, and drop_changes() does nothing.
    base::Result<void, Error> write_back();
    // What was changed is forgotten, as if it had never been.
    void drop_changes();

    struct Statistics {
        std::uint64_t hits = 0, misses = 0;
    };
    Statistics const& statistics() const { return statistics_; }

private:
    CachedBlock* find(std::uint64_t number);
    CachedBlock* make_room();

    BlockDevice& device_;
    std::span<CachedBlock> places_;
    std::uint64_t clock_ = 0;
    bool must_stay_ = false;  // the dirty blocks: a write_back() has not come to its end
    Statistics statistics_;
};

}  // namespace fs
