// SPDX-License-Identifier: MIT
#include "kernel/fs/ext2.hpp"

#include <algorithm>
#include <cstring>

namespace fs {
namespace {

constexpr std::uint64_t superblock_address = 1024;  // [ext2 §superblock]
constexpr std::uint16_t right_magic = 0xef53;       // EXT2_SUPER_MAGIC
constexpr std::uint32_t known_incompatible = 0x2;   // EXT2_FEATURE_INCOMPAT_FILETYPE
// EXT2_S_IFMT and two of its values. [ext2 §i_mode]
constexpr std::uint16_t mode_mask = 0xf000, mode_directory = 0x4000, mode_file = 0x8000;

// Offsets in the superblock. [ext2 §superblock]
namespace super {
constexpr unsigned inodes_count = 0, blocks_count = 4, first_data_block = 20, log_block_size = 24,
                   inodes_per_group = 40, magic = 56, revision = 76, inode_size = 88, incompatible = 96;
}
// In a group's descriptor of 32 bytes, and in an inode. [ext2 §block group descriptor table, §inode table]
constexpr unsigned group_size = 32, group_inode_table = 8;
namespace inode_field {
constexpr unsigned mode = 0, size = 4, blocks = 40, size_high = 108;
}

// A directory is searched from its beginning; a damaged disk may say that one has 4 GiB.
constexpr std::uint64_t most_directory = 16 << 20;

struct EntryHead {  // of a directory entry; the name follows [ext2 §linked directory entry structure]
    std::uint32_t inode;
    std::uint16_t length;
    std::uint8_t name_length, type;
};
static_assert(sizeof(EntryHead) == 8);

}  // namespace

// Across the device's blocks.
base::Result<void, Error> Ext2::read_bytes(std::uint64_t address, std::span<std::byte> into) {
    while (!into.empty()) {
        auto const block = TRY(cache_.get(address / block_size));
        std::size_t const inside = address % block_size;
        std::size_t const size = std::min(into.size(), block_size - inside);
        std::memcpy(into.data(), block.data() + inside, size);
        into = into.subspan(size);
        address += size;
    }
    return {};
}

template <class T>
base::Result<T, Error> Ext2::read_value(std::uint64_t address) {
    T value;
    TRY(read_bytes(address, std::as_writable_bytes(std::span(&value, 1))));
    return value;
}

base::Result<void, Error> Ext2::mount() {
    if (device_.blocks() == 0) return base::fail(Error::not_ours);
    auto const field = [this](unsigned offset) {
        return read_value<std::uint32_t>(superblock_address + offset);
    };
    if (TRY(read_value<std::uint16_t>(superblock_address + super::magic)) != right_magic)
        return base::fail(Error::not_ours);
    bool const is_old = TRY(field(super::revision)) == 0;
    if (!is_old && (TRY(field(super::incompatible)) & ~known_incompatible) != 0)
        return base::fail(Error::not_ours);
    std::uint32_t const log_size = TRY(field(super::log_block_size));
    if (log_size > 2) return base::fail(Error::not_ours);
    block_size_ = 1024u << log_size;
    blocks_ = TRY(field(super::blocks_count));
    inodes_ = TRY(field(super::inodes_count));
    inodes_per_group_ = TRY(field(super::inodes_per_group));
    inode_size_ = is_old ? 128 : TRY(read_value<std::uint16_t>(superblock_address + super::inode_size));
    group_table_ = TRY(field(super::first_data_block)) + 1;
    bool const possible =
        blocks_ > 0 &&
        (std::uint64_t{blocks_} * block_size_ + block_size - 1) / block_size <= device_.blocks() &&
        inodes_per_group_ > 0 && inode_size_ >= 128 && inode_size_ <= block_size_ &&
        (inode_size_ & (inode_size_ - 1)) == 0 && group_table_ < blocks_;
    if (!possible) return base::fail(Error::corrupt);
    return TRY(load(root())).is_directory ? base::Result<void, Error>() : base::fail(Error::corrupt);
}

base::Result<Ext2::Inode, Error> Ext2::load(NodeNumber node) {
    if (node == 0 || node > inodes_) return base::fail(Error::corrupt);
    std::uint64_t const group = (node - 1) / inodes_per_group_, index = (node - 1) % inodes_per_group_;
    std::uint64_t const descriptor = std::uint64_t{group_table_} * block_size_ + group * group_size;
    std::uint32_t const table = TRY(read_value<std::uint32_t>(descriptor + group_inode_table));
    if (table == 0 || table >= blocks_) return base::fail(Error::corrupt);
    std::uint64_t const at = std::uint64_t{table} * block_size_ + index * inode_size_;
    std::byte bytes[128];
    TRY(read_bytes(at, bytes));
    auto const get = [&bytes](unsigned offset) {
        std::uint32_t value;
        std::memcpy(&value, bytes + offset, sizeof value);
        return value;
    };
    Inode inode;
    std::uint32_t const mode = get(inode_field::mode) & mode_mask;
    inode.is_directory = mode == mode_directory;
    inode.is_file = mode == mode_file;
    inode.size = get(inode_field::size);
    if (inode.is_file) inode.size |= std::uint64_t{get(inode_field::size_high)} << 32;
    std::memcpy(inode.blocks, bytes + inode_field::blocks, sizeof inode.blocks);
    return inode;
}

// 0 is a hole: a block of zeros that takes no room.
base::Result<std::uint32_t, Error> Ext2::map_block(Inode const& inode, std::uint64_t index) {
    std::uint64_t const numbers = block_size_ / 4;
    std::uint32_t block = 0;
    unsigned levels = 0;
    if (index < 12) {
        block = inode.blocks[index];
    } else {
        index -= 12;
        std::uint64_t reach = numbers;
        for (levels = 1; levels <= 3 && index >= reach; ++levels) {
            index -= reach;
            reach *= numbers;
        }
        if (levels > 3) return base::fail(Error::corrupt);
        block = inode.blocks[11 + levels];
    }
    for (; levels > 0 && block != 0; --levels) {
        if (block >= blocks_) return base::fail(Error::corrupt);
        std::uint64_t below = 1;  // how many blocks an entry at this level stands for
        for (unsigned i = 1; i < levels; ++i) below *= numbers;
        block = TRY(read_value<std::uint32_t>(std::uint64_t{block} * block_size_ + index / below * 4));
        index %= below;
    }
    if (block >= blocks_) return base::fail(Error::corrupt);
    return block;
}

base::Result<void, Error> Ext2::read_content(Inode const& inode, std::uint64_t offset,
                                             std::span<std::byte> into) {
    while (!into.empty()) {
        std::size_t const inside = offset % block_size_;
        std::size_t const size = std::min<std::size_t>(into.size(), block_size_ - inside);
        std::uint32_t const block = TRY(map_block(inode, offset / block_size_));
        if (block == 0)
            std::memset(into.data(), 0, size);
        else
            TRY(read_bytes(std::uint64_t{block} * block_size_ + inside, into.first(size)));
        into = into.subspan(size);
        offset += size;
    }
    return {};
}

base::Result<NodeInfo, Error> Ext2::info(NodeNumber node) {
    Inode const inode = TRY(load(node));
    return NodeInfo{inode.is_directory, inode.is_file, inode.size};
}

base::Result<std::size_t, Error> Ext2::read(NodeNumber file, std::uint64_t offset,
                                            std::span<std::byte> into) {
    Inode const inode = TRY(load(file));
    if (inode.is_directory) return base::fail(Error::is_directory);
    if (!inode.is_file) return base::fail(Error::not_found);  // a link or a device: nothing to read
    if (offset >= inode.size) return std::size_t{0};
    std::size_t const count =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), inode.size - offset));
    TRY(read_content(inode, offset, into.first(count)));
    return count;
}

// Entries never cross a block, and their lengths add up to it.
base::Result<void, Error> Ext2::list(NodeNumber directory, DirectoryVisitor& visitor) {
    Inode const inode = TRY(load(directory));
    if (!inode.is_directory) return base::fail(Error::not_directory);
    if (inode.size > most_directory) return base::fail(Error::corrupt);
    for (std::uint64_t offset = 0; offset < inode.size;) {
        EntryHead head;  // of zeros in a hole, which no directory has: its length is too small
        TRY(read_content(inode, offset, std::as_writable_bytes(std::span(&head, 1))));
        std::uint64_t const left = block_size_ - offset % block_size_;
        if (head.length < sizeof head || head.length % 4 != 0 || head.length > left ||
            sizeof head + head.name_length > head.length)
            return base::fail(Error::corrupt);
        char name[255];
        TRY(read_content(inode, offset + sizeof head,
                         std::as_writable_bytes(std::span(name, head.name_length))));
        std::string_view const text(name, head.name_length);
        offset += head.length;
        if (head.inode == 0 || text.empty() || text == "." || text == "..") continue;
        if (!visitor.entry(text, head.inode)) return {};
    }
    return {};
}

base::Result<NodeNumber, Error> Ext2::find(NodeNumber directory, std::string_view name) {
    struct Search final : DirectoryVisitor {
        std::string_view wanted;
        NodeNumber found = 0;
        bool entry(std::string_view text, NodeNumber node) override {
            if (text == wanted) found = node;
            return found == 0;
        }
    } search;
    search.wanted = name;
    TRY(list(directory, search));
    if (search.found == 0) return base::fail(Error::not_found);
    return search.found;
}

}  // namespace fs
