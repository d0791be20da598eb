// SPDX-License-Identifier: MIT
#include "kernel/fs/file_system.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace fs {

base::Result<void, Error> FileSystem::mount() {
    ASSERT(cache_.places() >= least_places && journal_ == nullptr);
    {
        auto const block = TRY(cache_.get(0));
        std::memcpy(&super_, block.data(), sizeof super_);
    }
    if (!super_.is_ours()) return base::fail(Error::not_ours);
    if (!super_.is_sound(device_.blocks())) return base::fail(Error::corrupt);
    journal_ = ::new (journal_place_) Journal(device_, super_);
    TRY(journal_->replay());  // before anything else is in the cache
    if (TRY(load(root_inode)).type != InodeType::directory) return base::fail(Error::corrupt);
    return count_free_blocks();
}

// ---- transactions ---------------------------------------------------------------

// Before an operation: room for what it may change.
base::Result<void, Error> FileSystem::begin() {
    if (read_only()) return base::fail(Error::read_only);
    // In the transaction, and in the cache, where a few more places are needed for reading.
    std::size_t const most = std::min(journal_->capacity(), cache_.places() - 8);
    if (cache_.dirty() > 0 && cache_.dirty() + most_changes > most) return sync();
    return {};
}

// After it. What the disk or its contents made impossible half-way must not stay half;
// what a commit had made happen before it failed stays in memory (drop_changes).
template <class T>
base::Result<T, Error> FileSystem::end(base::Result<T, Error> result) {
    if (result) return result;
    Error const why = result.error();
    if (why == Error::io || why == Error::corrupt || why == Error::no_memory) {
        broken_ = true;
        cache_.drop_changes();
    }
    return result;
}
template base::Result<void, Error> FileSystem::end(base::Result<void, Error>);
template base::Result<NodeNumber, Error> FileSystem::end(base::Result<NodeNumber, Error>);

base::Result<void, Error> FileSystem::sync() {
    if (broken_) return base::fail(Error::read_only);
    if (cache_.dirty() == 0) return {};
    return end(journal_->commit(cache_));
}

// ---- bitmaps --------------------------------------------------------------------

// The first clear bit from `hint` on, round to it again; it is set now.
base::Result<std::uint32_t, Error> FileSystem::take_bit(std::uint32_t first_block, std::uint32_t bits,
                                                        std::uint32_t hint) {
    std::uint32_t const words_per_block = block_size / 8;
    std::uint32_t const words = (bits + 63) / 64;
    // The hint's word twice: from the hint on, and at the end the bits before it.
    for (std::uint32_t i = 0, word = hint / 64; i <= words; ++i, word = word + 1 < words ? word + 1 : 0) {
        auto block = TRY(cache_.get(first_block + word / words_per_block));
        std::uint64_t used = block.as<std::uint64_t>()[word % words_per_block];
        if (i == 0) used |= (std::uint64_t{1} << (hint % 64)) - 1;
        if (used == UINT64_MAX) continue;
        std::uint32_t const bit = word * 64 + static_cast<std::uint32_t>(std::countr_one(used));
        if (bit >= bits) continue;  // the last word's rest
        block.change_as<std::uint64_t>()[word % words_per_block] |= std::uint64_t{1} << (bit % 64);
        return bit;
    }
    return base::fail(Error::no_space);
}

// The first bit of 64 that are all clear, from `hint` on, round to it again. None of them
// is set now. Error::no_space: there is no such word.
base::Result<std::uint32_t, Error> FileSystem::find_clear_word(std::uint32_t first_block, std::uint32_t bits,
                                                               std::uint32_t hint) {
    std::uint32_t const words_per_block = block_size / 8;
    std::uint32_t const words = bits / 64;
    std::uint32_t word = hint / 64 < words ? hint / 64 : 0;
    for (std::uint32_t i = 0; i < words; ++i, word = word + 1 < words ? word + 1 : 0) {
        auto const block = TRY(cache_.get(first_block + word / words_per_block));
        if (block.as<std::uint64_t>()[word % words_per_block] == 0) return word * 64;
    }
    return base::fail(Error::no_space);
}

base::Result<void, Error> FileSystem::clear_bit(std::uint32_t first_block, std::uint32_t bit) {
    auto block = TRY(cache_.get(first_block + bit / bits_per_block));
    std::uint64_t& word = block.change_as<std::uint64_t>()[bit % bits_per_block / 64];
    std::uint64_t const mask = std::uint64_t{1} << (bit % 64);
    if ((word & mask) == 0) return base::fail(Error::corrupt);  // it was not in use
    word &= ~mask;
    return {};
}

base::Result<void, Error> FileSystem::count_free_blocks() {
    std::uint64_t used = 0;
    for (std::uint32_t i = 0; i < super_.block_bitmap_blocks; ++i) {
        auto const block = TRY(cache_.get(super_.block_bitmap + i));
        std::uint32_t const bits = std::min(super_.blocks - i * bits_per_block, bits_per_block);
        for (std::uint32_t word = 0; word * 64 < bits; ++word) {
            std::uint64_t value = block.as<std::uint64_t>()[word];
            if (bits - word * 64 < 64) value &= (std::uint64_t{1} << (bits - word * 64)) - 1;
            for (; value != 0; value &= value - 1) ++used;  // takes the lowest set bit away
        }
    }
    free_blocks_ = super_.blocks - used;
    return {};
}

base::Result<std::uint32_t, Error> FileSystem::take_block(std::uint32_t hint) {
    std::uint32_t const block =
        TRY(take_bit(super_.block_bitmap, super_.blocks, std::min(hint, super_.blocks - 1)));
    if (block < super_.data_start || free_blocks_ == 0) return base::fail(Error::corrupt);
    --free_blocks_;
    return block;
}

// ---- inodes ---------------------------------------------------------------------

base::Result<BlockRef, Error> FileSystem::inode_block(NodeNumber node) {
    if (node == 0 || node >= super_.inodes) return base::fail(Error::corrupt);
    return cache_.get(super_.inode_table + node / inodes_per_block);
}

// Checked: what is returned has blocks for its size, all of them inside the data.
base::Result<Inode, Error> FileSystem::load(NodeNumber node) {
    auto const block = TRY(inode_block(node));
    Inode const inode = block.as<Inode>()[node % inodes_per_block];
    if (inode.type == InodeType::free) return base::fail(Error::corrupt);
    if (inode.type > InodeType::directory || inode.extent_count > Inode::most_extents)
        return base::fail(Error::corrupt);
    for (unsigned i = 0; i < inode.extent_count; ++i) {
        Extent const& extent = inode.extents[i];
        bool const inside = extent.start >= super_.data_start && extent.length > 0 &&
                            extent.start < super_.blocks && extent.length <= super_.blocks - extent.start;
        if (!inside) return base::fail(Error::corrupt);
    }
    if (inode.size > inode.block_count() * block_size) return base::fail(Error::corrupt);
    if (inode.type == InodeType::directory && inode.size % block_size != 0) return base::fail(Error::corrupt);
    return inode;
}

base::Result<void, Error> FileSystem::store(NodeNumber node, Inode const& inode) {
    auto block = TRY(inode_block(node));
    block.change_as<Inode>()[node % inodes_per_block] = inode;
    return {};
}

base::Result<NodeNumber, Error> FileSystem::take_inode(InodeType type) {
    NodeNumber const node = TRY(take_bit(super_.inode_bitmap, super_.inodes, 0));
    if (node <= root_inode) return base::fail(Error::corrupt);  // those two are always in use
    Inode inode{};
    inode.type = type;
    TRY(store(node, inode));
    return node;
}

base::Result<NodeInfo, Error> FileSystem::info(NodeNumber node) {
    Inode const inode = TRY(load(node));
    return NodeInfo{inode.type == InodeType::directory, inode.type == InodeType::file, inode.size};
}

}  // namespace fs
