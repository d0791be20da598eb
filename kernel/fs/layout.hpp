// SPDX-License-Identifier: MIT
//
// What our file system looks like on a disk, in blocks of 4 KiB:
//
//     0           superblock: where everything else is
//     1 ...       journal: the last transaction (journal.hpp)
//                 inode bitmap, one block: which inodes are in use
//                 block bitmap: which blocks are in use, these here too
//                 inode table: 32 inodes a block
//                 data: contents of files and directories
//
// A file's contents lie in up to 12 extents: a first block and how many follow. A
// directory is a file of entries of 64 bytes. Inode 1 is the root directory; an
// inode 0 names nothing. All numbers are little-endian, as this machine is.
//
// Everything here may be damaged or made up: it is checked before it is used.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernel/fs/block_device.hpp"

namespace fs {

static_assert(std::endian::native == std::endian::little);

using InodeNumber = std::uint32_t;
constexpr InodeNumber root_inode = 1;

struct Superblock {
    static constexpr std::array<char, 8> right_magic = {'V', 'I', 'V', 'F', 'S', 0, 0, 1};

    std::array<char, 8> magic;
    std::uint32_t blocks;  // of the whole file system
    std::uint32_t inodes;  // in the table; number 0 is one of them
    std::uint32_t journal_start, journal_blocks;
    std::uint32_t inode_bitmap;
    std::uint32_t block_bitmap, block_bitmap_blocks;
    std::uint32_t inode_table, inode_table_blocks;
    std::uint32_t data_start;
    std::uint32_t checksum;  // CRC-32C of all before

    // Is it ours, whole, and possible on a device of so many blocks?
    bool is_ours() const { return magic == right_magic; }
    bool is_sound(std::uint64_t device_blocks) const;
    std::uint32_t right_checksum() const;
};
static_assert(sizeof(Superblock) == 52);

struct Extent {
    std::uint32_t start;
    std::uint32_t length;
};

enum class InodeType : std::uint16_t { free = 0, file = 1, directory = 2 };

struct Inode {
    static constexpr unsigned most_extents = 12;

    InodeType type;
    std::uint16_t reserved;
    std::uint32_t extent_count;
    std::uint64_t size;  // in bytes
    Extent extents[most_extents];
    std::uint64_t unused[2];

    std::uint64_t block_count() const {
        std::uint64_t count = 0;
        for (unsigned i = 0; i < extent_count && i < most_extents; ++i) count += extents[i].length;
        return count;
    }
};
static_assert(sizeof(Inode) == 128);
constexpr std::uint32_t inodes_per_block = block_size / sizeof(Inode);

struct DirectoryEntry {
    static constexpr std::size_t longest_name = 59;

    InodeNumber inode;  // 0: this place is free
    std::uint8_t length;
    char name[longest_name];
};
static_assert(sizeof(DirectoryEntry) == 64);
constexpr std::uint32_t entries_per_block = block_size / sizeof(DirectoryEntry);

constexpr std::uint32_t bits_per_block = 8 * block_size;
constexpr std::uint32_t most_inodes = bits_per_block;  // one block of bitmap
constexpr std::uint32_t smallest_journal = 33, largest_journal = 1000;
constexpr std::uint64_t most_blocks = std::uint64_t{1} << 30;

}  // namespace fs
