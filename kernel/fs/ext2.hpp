// SPDX-License-Identifier: MIT
//
// The second extended file system, to read: what `mke2fs -t ext2 -d FOLDER` makes.
// Blocks of 1, 2 or 4 KiB; no feature but the type of a file in its directory
// entry. A file's blocks are numbers in its inode: twelve, then a block of
// numbers, then a block of blocks of numbers, then one more level. [ext2]
//
// What the disk says is checked where it is used. A directory of more than 16 MiB, or with
// a hole in it, is Error::corrupt. Not locked.
#pragma once

#include "kernel/fs/block_cache.hpp"
#include "kernel/fs/volume.hpp"

namespace fs {

class Ext2 final : public Volume {
public:
    static constexpr std::size_t least_places = 8;

    // Nothing is read before mount(). The places are the cache.
    Ext2(BlockDevice& device, std::span<CachedBlock> places) : device_(device), cache_(device, places) {}

    // Error::not_ours: no ext2, or one with features that we do not know.
    base::Result<void, Error> mount();

    NodeNumber root() const override { return 2; }
    base::Result<NodeInfo, Error> info(NodeNumber node) override;
    base::Result<NodeNumber, Error> find(NodeNumber directory, std::string_view name) override;
    base::Result<void, Error> list(NodeNumber directory, DirectoryVisitor& visitor) override;
    base::Result<std::size_t, Error> read(NodeNumber file, std::uint64_t offset,
                                          std::span<std::byte> into) override;

private:
    // The fields that we use.
    struct Inode {
        bool is_directory = false, is_file = false;
        std::uint64_t size = 0;
        std::uint32_t blocks[15] = {};
    };

    base::Result<void, Error> read_bytes(std::uint64_t address, std::span<std::byte> into);
    template <class T>
    base::Result<T, Error> read_value(std::uint64_t address);
    base::Result<Inode, Error> load(NodeNumber node);
    base::Result<std::uint32_t, Error> map_block(Inode const& inode, std::uint64_t index);
    base::Result<void, Error> read_content(Inode const& inode, std::uint64_t offset,
                                           std::span<std::byte> into);

    BlockDevice& device_;
    BlockCache cache_;
    std::uint32_t block_size_ = 0, blocks_ = 0, inodes_ = 0;
    std::uint32_t inodes_per_group_ = 0, inode_size_ = 0, group_table_ = 0;  // the block where it begins
};

}  // namespace fs
