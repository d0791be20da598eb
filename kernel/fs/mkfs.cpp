// SPDX-License-Identifier: MIT
#include "kernel/fs/mkfs.hpp"

#include <algorithm>
#include <vector>

namespace fs {
namespace {

Superblock lay_out(std::uint32_t blocks, MkfsOptions const& options) {
    auto const up = [](std::uint32_t n, std::uint32_t unit) { return (n + unit - 1) / unit; };
    Superblock super{};
    super.magic = Superblock::right_magic;
    super.blocks = blocks;
    super.inodes = options.inodes != 0 ? options.inodes
                                       : up(std::max(blocks / 4, 16u), inodes_per_block) * inodes_per_block;
    super.inodes = std::clamp<std::uint32_t>(super.inodes, 2, most_inodes);
    super.journal_start = 1;
    // With the smallest one every operation is a transaction of its own.
    super.journal_blocks = options.journal_blocks != 0 ? options.journal_blocks : std::max(blocks / 32, 48u);
    super.journal_blocks = std::clamp(super.journal_blocks, smallest_journal, largest_journal);
    super.inode_bitmap = super.journal_start + super.journal_blocks;
    super.block_bitmap = super.inode_bitmap + 1;
    super.block_bitmap_blocks = up(blocks, bits_per_block);
    super.inode_table = super.block_bitmap + super.block_bitmap_blocks;
    super.inode_table_blocks = up(super.inodes, inodes_per_block);
    super.data_start = super.inode_table + super.inode_table_blocks;
    super.checksum = super.right_checksum();
    return super;
}

using Block = std::vector<std::byte>;

void set_bits(Block& block, std::uint64_t first, std::uint64_t end) {
    for (std::uint64_t bit = first; bit < end; ++bit)
        block[bit / 8] |= static_cast<std::byte>(1u << (bit % 8));
}

}  // namespace

base::Result<void, Error> mkfs(BlockDevice& device, MkfsOptions const& options) {
    if (device.blocks() > most_blocks) return base::fail(Error::no_space);
    Superblock const super = lay_out(static_cast<std::uint32_t>(device.blocks()), options);
    if (!super.is_sound(device.blocks())) return base::fail(Error::no_space);
    auto const write = [&](std::uint64_t number, Block const& block) {
        return device.write(number, ConstBlockBytes(block.data(), block_size));
    };
    // The superblock last: before it is there, there is no file system. An old journal
    // must not speak.
    for (std::uint32_t number = 0; number < super.data_start; ++number) TRY(write(number, Block(block_size)));
    Block bitmap(block_size);
    set_bits(bitmap, 0, root_inode + 1);
    TRY(write(super.inode_bitmap, bitmap));
    for (std::uint32_t i = 0; i < super.block_bitmap_blocks; ++i) {
        bitmap.assign(block_size, std::byte{0});
        std::uint64_t const first = std::uint64_t{i} * bits_per_block;
        if (super.data_start > first)
            set_bits(bitmap, 0, std::min<std::uint64_t>(super.data_start - first, bits_per_block));
        TRY(write(super.block_bitmap + i, bitmap));
    }
    Block table(block_size);
    reinterpret_cast<Inode*>(table.data())[root_inode].type = InodeType::directory;
    TRY(write(super.inode_table, table));
    TRY(device.flush());
    Block first(block_size);
    *reinterpret_cast<Superblock*>(first.data()) = super;
    TRY(write(0, first));
    return device.flush();
}

}  // namespace fs
