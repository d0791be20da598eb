// SPDX-License-Identifier: MIT
//
// The memory behind a connection's bytes: blocks of one size from a bounded
// pool. A connection holds one only while it has bytes to keep, so a thousand
// idle connections cost nothing here.
#pragma once

#include <cstring>

#include "kernel/net/frame.hpp"
#include "kernel/net/memory.hpp"
#include "kernel/net/tcp/range_set.hpp"
#include "kernel/net/tcp/segment_log.hpp"

namespace net::tcp {

// The bytes are memory of their own: a power of two of them fills what an allocator of whole
// frames gives, and a few more would take twice as much.
struct Block {
    Block* next_free = nullptr;
    std::uint8_t* bytes = nullptr;
    RangeSet ranges;            // of a receiver: what is held beyond the bytes that are in order
    SegmentLog* log = nullptr;  // of a sender: what is out; behind the block, its entries behind it
};

class BlockPool {
public:
    // `block_size` is a power of two, at least 1 KiB. Those for senders have a log each.
    enum class For : std::uint8_t { Receivers, Senders };
    BlockPool(Allocator& memory, std::uint32_t block_size, std::uint32_t max_blocks,
              For whom = For::Receivers)
        : memory_(memory), block_size_(block_size), max_blocks_(max_blocks), whom_(whom) {}
    ~BlockPool() {
        while (free_ != nullptr) {
            Block* block = free_;
            free_ = block->next_free;
            memory_.release(block->bytes, block_size_);
            memory_.release(block, description());
        }
    }
    BlockPool(BlockPool const&) = delete;
    BlockPool& operator=(BlockPool const&) = delete;

    std::uint32_t block_size() const { return block_size_; }
    std::uint32_t in_use() const { return in_use_; }

    // Worth asking: one was given back, or there may be memory for a new one.
    bool may_have_one() const { return free_ != nullptr || (made_ < max_blocks_ && !out_of_memory_); }

    // nullptr when all are in use, or there is no memory for a new one.
    Block* take() {
        if (free_ == nullptr) {
            if (made_ == max_blocks_) return nullptr;
            free_ = make();
            out_of_memory_ = free_ == nullptr;
            if (out_of_memory_) return nullptr;
            ++made_;
        }
        Block* block = free_;
        free_ = block->next_free;
        block->ranges.clear();
        if (block->log != nullptr) block->log->clear();
        ++in_use_;
        return block;
    }
    void give_back(Block* block) {
        block->next_free = free_;
        free_ = block;
        --in_use_;
    }

private:
    std::size_t description() const {
        if (whom_ == For::Receivers) return sizeof(Block);
        return sizeof(Block) + sizeof(SegmentLog) +
               SegmentLog::entries_for(block_size_) * sizeof(SentSegment);
    }
    Block* make() {
        void* const place = memory_.allocate(description(), alignof(Block));
        void* const bytes = place != nullptr ? memory_.allocate(block_size_, 1) : nullptr;
        if (bytes == nullptr) {
            if (place != nullptr) memory_.release(place, description());
            return nullptr;
        }
        Block* const block = ::new (place) Block();
        block->bytes = static_cast<std::uint8_t*>(bytes);
        if (whom_ == For::Senders) block->log = make_log(block + 1);
        return block;
    }

    SegmentLog* make_log(void* place) {
        std::size_t const count = SegmentLog::entries_for(block_size_);
        auto* const entries = reinterpret_cast<SentSegment*>(static_cast<SegmentLog*>(place) + 1);
        for (std::size_t i = 0; i < count; ++i) ::new (entries + i) SentSegment();
        return ::new (place) SegmentLog(std::span(entries, count));
    }

    Allocator& memory_;
    std::uint32_t block_size_;
    std::uint32_t max_blocks_;
    For whom_;
    std::uint32_t made_ = 0;
    std::uint32_t in_use_ = 0;
    bool out_of_memory_ = false;  // when a new one was last wanted
    Block* free_ = nullptr;
};

// Bytes of a stream, addressed by position. The byte at position p lies at
// p modulo the size of the block, so that nothing ever moves.
class Ring {
public:
    explicit Ring(BlockPool& pool) : pool_(pool) {}
    ~Ring() { release(); }
    Ring(Ring const&) = delete;
    Ring& operator=(Ring const&) = delete;

    std::uint32_t capacity() const { return pool_.block_size(); }
    bool has_block() const { return block_ != nullptr; }
    RangeSet& ranges() { return block_->ranges; }
    RangeSet const* ranges_if_any() const { return block_ != nullptr ? &block_->ranges : nullptr; }
    SegmentLog* log_if_any() const { return block_ != nullptr ? block_->log : nullptr; }

    // Makes sure that there is memory. False when the pool is exhausted.
    bool acquire() {
        if (block_ == nullptr) block_ = pool_.take();
        return block_ != nullptr;
    }
    void release() {
        if (block_ != nullptr) pool_.give_back(block_);
        block_ = nullptr;
    }

    // The bytes from `position` on that lie in one piece, at most `count`.
    MutableBytes piece(Position position, std::size_t count) {
        std::size_t const index = position & (capacity() - 1);
        std::size_t const to_wrap = capacity() - index;
        return MutableBytes(block_->bytes + index, count < to_wrap ? count : to_wrap);
    }
    // At most capacity().
    void write(Position position, Bytes data) {
        MutableBytes const place = piece(position, data.size());
        std::memcpy(place.data(), data.data(), place.size());
        if (place.size() < data.size())
            std::memcpy(block_->bytes, data.data() + place.size(), data.size() - place.size());
    }

private:
    BlockPool& pool_;
    Block* block_ = nullptr;
};

}  // namespace net::tcp
