// SPDX-License-Identifier: MIT
//
// The journal: how several blocks change at once. A transaction is written here
// in full before any block is changed in its place:
//
//     1. the new contents of all blocks, and a record with their checksum
//     2. barrier: now it has happened
//     3. each block to its own place
//     4. barrier: now the journal may be used again
//
//     | list of blocks | content | content | ... | commit: number, checksum |
//
// After a power cut replay() looks at what is here. If the checksum is right the
// cut came after 1, perhaps in the midst of 3: the blocks go to their places once
// more, which does no harm however often. If not, it came before 2: nothing has
// been changed yet, and nothing has happened. A replay has a barrier before its
// writes and one after them: the machine may have died alone, and the disk kept what
// it had in its cache.
//
// The contents of files go through the journal too. That writes them twice, and makes
// every operation whole or not at all, but for two: a write() over several blocks and
// truncate() of a huge file are a transaction for each part. After a cut, the first of
// those parts are there and the others are not.
#pragma once

#include <cstdint>

#include "kernel/fs/block_cache.hpp"
#include "kernel/fs/layout.hpp"

namespace fs {

class Journal {
public:
    Journal(BlockDevice& device, Superblock const& super)
        : device_(device), start_(super.journal_start), blocks_(super.journal_blocks), end_(super.blocks) {}

    // Blocks that one transaction can hold.
    std::size_t capacity() const;

    // Before anything else is read. True: a transaction was found and is in its places
    // now. Error::read_only: one would have to be, on a device that cannot be written.
    base::Result<bool, Error> replay();
    // What is dirty in the cache, at most capacity() blocks, happens.
    base::Result<void, Error> commit(BlockCache& cache);

    std::uint64_t sequence() const { return sequence_; }

private:
    struct List {
        std::uint32_t magic, count;
        std::uint64_t sequence;
        std::uint32_t targets[(block_size - 16) / 4];
    };
    struct Commit {
        std::uint32_t magic, checksum;
        std::uint64_t sequence;
        std::byte rest[block_size - 16];
    };
    static_assert(sizeof(List) == block_size && sizeof(Commit) == block_size);
    static constexpr std::uint32_t list_magic = 0x4c49'5354, commit_magic = 0x434f'4d4d;

    bool is_possible(List const& list) const;
    base::Result<bool, Error> is_whole(List const& list);

    BlockDevice& device_;
    std::uint64_t start_, blocks_, end_;
    std::uint64_t sequence_ = 0;
    // For one block each, so that a commit needs no memory.
    alignas(16) List list_;
    alignas(16) Commit commit_;
    alignas(16) std::byte block_[block_size], other_[block_size];
};

}  // namespace fs
