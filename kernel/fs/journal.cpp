// SPDX-License-Identifier: MIT
#include "kernel/fs/journal.hpp"

#include <algorithm>
#include <cstring>

#include "kernel/fs/checksum.hpp"

namespace fs {
namespace {

template <class T>
ConstBlockBytes bytes_of(T const& block) {
    static_assert(sizeof(T) == block_size);
    return ConstBlockBytes(reinterpret_cast<std::byte const*>(&block), block_size);
}
template <class T>
BlockBytes bytes_of(T& block) {
    static_assert(sizeof(T) == block_size);
    return BlockBytes(reinterpret_cast<std::byte*>(&block), block_size);
}

}  // namespace

std::size_t Journal::capacity() const {
    return std::min<std::size_t>(blocks_ - 2, std::size(list_.targets));  // the list and the commit
}

// Nothing here is believed before it is checked. A target inside the journal or
// outside the file system is no transaction of ours.
bool Journal::is_possible(List const& list) const {
    if (list.magic != list_magic || list.count == 0 || list.count > capacity()) return false;
    return std::all_of(list.targets, list.targets + list.count, [this](std::uint32_t target) {
        return target < end_ && (target < start_ || target >= start_ + blocks_);
    });
}

// Is its commit there, and all as it was written?
base::Result<bool, Error> Journal::is_whole(List const& list) {
    TRY(device_.read(start_ + 1 + list.count, bytes_of(commit_)));
    if (commit_.magic != commit_magic || commit_.sequence != list.sequence) return false;
    std::uint32_t checksum = crc32c(bytes_of(list));
    for (std::uint32_t i = 0; i < list.count; ++i) {
        TRY(device_.read(start_ + 1 + i, bytes_of(block_)));
        checksum = crc32c(bytes_of(block_), checksum);
    }
    return checksum == commit_.checksum;
}

base::Result<bool, Error> Journal::replay() {
    // [lab:09-replay]
    TRY(device_.read(start_, bytes_of(list_)));
    if (!is_possible(list_)) return false;
    sequence_ = list_.sequence;
    if (!TRY(is_whole(list_))) return false;
    // We may have been started anew with the disk's power still on. Then what is here may
    // be in the disk's cache alone, and so may what follows: the journal must be on the
    // medium before a block of it is in its place, and all blocks before the next commit
    // writes over it. Not only when one differs: the cache says that they are equal.
    if (!device_.read_only()) TRY(device_.flush());
    bool changed = false;
    for (std::uint32_t i = 0; i < list_.count; ++i) {
        TRY(device_.read(start_ + 1 + i, bytes_of(block_)));
        TRY(device_.read(list_.targets[i], bytes_of(other_)));
        if (std::memcmp(block_, other_, block_size) == 0) continue;
        if (device_.read_only()) return base::fail(Error::read_only);
        TRY(device_.write(list_.targets[i], bytes_of(block_)));
        changed = true;
    }
    if (!device_.read_only()) TRY(device_.flush());
    return changed;
    // [/lab:09-replay]
}

base::Result<void, Error> Journal::commit(BlockCache& cache) {
    // [lab:09-commit]
    std::size_t const count = cache.dirty();
    if (count == 0) return {};
    if (count > capacity()) return base::fail(Error::no_memory);
    list_.magic = list_magic;
    list_.sequence = ++sequence_;
    list_.count = 0;
    for (auto const* block = cache.next_dirty(nullptr); block != nullptr; block = cache.next_dirty(block))
        list_.targets[list_.count++] = static_cast<std::uint32_t>(block->number);
    TRY(device_.write(start_, bytes_of(list_)));
    std::uint32_t checksum = crc32c(bytes_of(list_));
    std::uint64_t at = start_;
    for (auto const* block = cache.next_dirty(nullptr); block != nullptr; block = cache.next_dirty(block)) {
        TRY(device_.write(++at, ConstBlockBytes(block->bytes)));
        checksum = crc32c(block->bytes, checksum);
    }
    commit_.magic = commit_magic;
    commit_.sequence = sequence_;
    commit_.checksum = checksum;
    TRY(device_.write(++at, bytes_of(commit_)));
    TRY(device_.flush());  // now it has happened
    TRY(cache.write_back());
    return device_.flush();  // now the journal may be used again
    // [/lab:09-commit]
}

}  // namespace fs
