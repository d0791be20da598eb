// SPDX-License-Identifier: MIT
#include "kernel/fs/layout.hpp"

#include <cstddef>

#include "kernel/fs/checksum.hpp"

namespace fs {

std::uint32_t Superblock::right_checksum() const {
    return crc32c({reinterpret_cast<std::byte const*>(this), offsetof(Superblock, checksum)});
}

bool Superblock::is_sound(std::uint64_t device_blocks) const {
    if (checksum != right_checksum() || blocks > device_blocks || blocks > most_blocks) return false;
    if (inodes < 2 || inodes > most_inodes || journal_start != 1) return false;
    if (journal_blocks < smallest_journal || journal_blocks > largest_journal) return false;
    // One part after the other, each as large as it must be.
    std::uint64_t const bitmap_blocks = (std::uint64_t{blocks} + bits_per_block - 1) / bits_per_block;
    std::uint64_t const table_blocks = (std::uint64_t{inodes} + inodes_per_block - 1) / inodes_per_block;
    return inode_bitmap == journal_start + journal_blocks && block_bitmap == inode_bitmap + 1 &&
           block_bitmap_blocks == bitmap_blocks && inode_table == block_bitmap + bitmap_blocks &&
           inode_table_blocks == table_blocks && data_start == inode_table + table_blocks &&
           data_start < blocks;
}

}  // namespace fs
