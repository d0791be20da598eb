// SPDX-License-Identifier: MIT
//
// Our file system, mounted: layout.hpp on a device, behind a cache and a journal.
//
// Operations change blocks in memory; sync(), and every operation that finds too
// little room left, commits what has gathered. After a power cut the disk holds
// what a prefix of the operations left behind: all up to some moment at or after
// the last sync(), and nothing of those after it. A write of much data counts as
// several writes, one after the other.
//
// An error of the device or damage on the disk in the midst of a change ends all
// writing: what was not committed is dropped, and the file system is read-only
// from then on. Not locked.
#pragma once

#include "kernel/fs/block_cache.hpp"
#include "kernel/fs/journal.hpp"
#include "kernel/fs/layout.hpp"
#include "kernel/fs/volume.hpp"

namespace fs {

class FileSystem final : public Volume {
public:
    // Blocks that one operation may change at most, and so the least room in a cache. It is
    // a rename over a file of 12 extents and half a GiB: 27 blocks of the bitmap (an extent
    // lies across two, and a block of bitmap is for 128 MiB), two of directories, one of
    // inodes, the inode bitmap.
    static constexpr std::size_t most_changes = 31;
    static constexpr std::size_t least_places = most_changes + 8;
    static_assert(smallest_journal >= most_changes + 2);

    // Nothing is read before mount(). The places are the cache, at least least_places.
    FileSystem(BlockDevice& device, std::span<CachedBlock> places)
        : device_(device), cache_(device, places) {}

    // Looks at the superblock, replays the journal. Once, and first.
    base::Result<void, Error> mount();

    // --- reading ------------------------------------------------------------
    NodeNumber root() const override { return root_inode; }
    base::Result<NodeInfo, Error> info(NodeNumber node) override;
    base::Result<NodeNumber, Error> find(NodeNumber directory, std::string_view name) override;
    base::Result<void, Error> list(NodeNumber directory, DirectoryVisitor& visitor) override;
    base::Result<std::size_t, Error> read(NodeNumber file, std::uint64_t offset,
                                          std::span<std::byte> into) override;

    // --- changing; paths lead to the thing itself ------------------------------
    base::Result<NodeNumber, Error> create(std::string_view path);  // an empty file
    base::Result<NodeNumber, Error> make_directory(std::string_view path);
    // A file, or an empty directory. A file of more than half a GiB goes in several steps.
    base::Result<void, Error> remove(std::string_view path);
    // `to` may be a file that exists: then it is replaced, in one step; but one of more than
    // half a GiB is made shorter first, in several steps, and a power cut may come between
    // them. A directory never moves into itself. What fails for a reason of its names has
    // changed nothing.
    base::Result<void, Error> rename(std::string_view from, std::string_view to);
    // All of the bytes; behind the end, the gap is filled with zeros. On failure those
    // before the failure have been written. Each block is a step of its own: a power cut
    // may leave the first of them without the rest.
    base::Result<void, Error> write(NodeNumber file, std::uint64_t offset, std::span<std::byte const> bytes);
    base::Result<void, Error> truncate(NodeNumber file, std::uint64_t size);
    // What was done before this is on the disk when it returns.
    base::Result<void, Error> sync();

    bool read_only() const { return broken_ || device_.read_only(); }
    std::uint64_t free_blocks() const { return free_blocks_; }
    Superblock const& superblock() const { return super_; }
    BlockCache::Statistics const& cache_statistics() const { return cache_.statistics(); }

private:
    // Where a name is, or could be.
    struct Place {
        NodeNumber directory = 0;
        std::string_view name;
    };
    struct Move {
        Place from, to;
        NodeNumber node = 0;
        NodeNumber replaced = 0;  // 0: none; the node itself: nothing to do
    };

    // file_system.cpp: transactions, bitmaps, inodes
    base::Result<void, Error> begin();
    template <class T>
    base::Result<T, Error> end(base::Result<T, Error> result);
    base::Result<std::uint32_t, Error> take_bit(std::uint32_t first_block, std::uint32_t bits,
                                                std::uint32_t hint);
    base::Result<std::uint32_t, Error> find_clear_word(std::uint32_t first_block, std::uint32_t bits,
                                                       std::uint32_t hint);
    base::Result<void, Error> clear_bit(std::uint32_t first_block, std::uint32_t bit);
    base::Result<void, Error> count_free_blocks();
    base::Result<std::uint32_t, Error> take_block(std::uint32_t hint);
    base::Result<NodeNumber, Error> take_inode(InodeType type);
    base::Result<BlockRef, Error> inode_block(NodeNumber node);
    base::Result<Inode, Error> load(NodeNumber node);
    base::Result<void, Error> store(NodeNumber node, Inode const& inode);

    // contents.cpp: from a place in a file to a block
    base::Result<std::uint32_t, Error> map_block(Inode const& inode, std::uint64_t index) const;
    base::Result<BlockRef, Error> content(Inode const& inode, std::uint64_t index);
    base::Result<std::uint32_t, Error> next_extent(std::uint32_t wanted, std::uint64_t count);
    base::Result<BlockRef, Error> append_block(Inode& inode);
    base::Result<void, Error> release_blocks(Inode& inode, std::uint64_t keep);
    base::Result<void, Error> shorten(NodeNumber file, Inode inode, std::uint64_t size);
    base::Result<void, Error> shorten_if_huge(NodeNumber node);
    base::Result<void, Error> write_piece(NodeNumber file, std::uint64_t offset,
                                          std::span<std::byte const> bytes);

    // directory.cpp: names
    base::Result<Inode, Error> load_directory(NodeNumber directory);
    base::Result<Place, Error> place_of(std::string_view path);
    base::Result<void, Error> add_entry(NodeNumber directory, std::string_view name, NodeNumber node);
    base::Result<void, Error> replace_entry(NodeNumber directory, std::string_view name, NodeNumber node);
    base::Result<bool, Error> is_empty(NodeNumber directory);
    base::Result<NodeNumber, Error> make_node(std::string_view path, InodeType type);
    base::Result<void, Error> destroy(NodeNumber node);
    base::Result<Move, Error> plan_rename(std::string_view from, std::string_view to);
    base::Result<void, Error> do_rename(Move const& move);
    base::Result<bool, Error> passes(std::string_view path, NodeNumber node);

    BlockDevice& device_;
    BlockCache cache_;
    Superblock super_{};
    alignas(Journal) std::byte journal_place_[sizeof(Journal)];
    Journal* journal_ = nullptr;
    std::uint64_t free_blocks_ = 0;
    bool broken_ = false;
};

// One name: not empty, not too long, no slash, neither "." nor "..".
bool is_good_name(std::string_view name);

}  // namespace fs
