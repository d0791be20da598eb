// SPDX-License-Identifier: MIT
//
// The contents of files: from a place in a file to a block, and back again.
#include <algorithm>
#include <cstring>

#include "kernel/fs/file_system.hpp"

namespace fs {

// The block that holds the index-th block of a file.
base::Result<std::uint32_t, Error> FileSystem::map_block(Inode const& inode, std::uint64_t index) const {
    // [lab:09-map-block]
    for (unsigned i = 0; i < inode.extent_count; ++i) {
        Extent const& extent = inode.extents[i];
        if (index < extent.length) return extent.start + static_cast<std::uint32_t>(index);
        index -= extent.length;
    }
    return base::fail(Error::corrupt);  // load() has promised that there are enough
    // [/lab:09-map-block]
}

base::Result<BlockRef, Error> FileSystem::content(Inode const& inode, std::uint64_t index) {
    std::uint32_t const block = TRY(map_block(inode, index));
    return cache_.get(block);
}

base::Result<std::size_t, Error> FileSystem::read(NodeNumber file, std::uint64_t offset,
                                                  std::span<std::byte> into) {
    Inode const inode = TRY(load(file));
    if (inode.type != InodeType::file) return base::fail(Error::is_directory);
    if (offset >= inode.size) return std::size_t{0};
    std::size_t const count =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), inode.size - offset));
    for (std::size_t done = 0; done < count;) {
        std::size_t const inside = (offset + done) % block_size;
        std::size_t const size = std::min(count - done, block_size - inside);
        auto const block = TRY(content(inode, (offset + done) / block_size));
        std::memcpy(into.data() + done, block.data() + inside, size);
        done += size;
    }
    return count;
}

// Where a file that has `count` blocks goes on when the block after its last is taken, by
// another that grows in turns with it, most likely. In 64 free blocks that it then has to
// itself, and as far away as the file is long: what lies between is left to the other, and
// each extent is longer than those before. A file has only 12.
base::Result<std::uint32_t, Error> FileSystem::next_extent(std::uint32_t wanted, std::uint64_t count) {
    std::uint64_t const far = wanted + count;
    auto const word = find_clear_word(super_.block_bitmap, super_.blocks,
                                      far < super_.blocks ? static_cast<std::uint32_t>(far) : 0);
    if (!word && word.error() != Error::no_space) return base::fail(word.error());
    return take_block(word ? word.value() : wanted);
}

// One more block at the end, cleared. The inode is changed here, and not yet stored.
base::Result<BlockRef, Error> FileSystem::append_block(Inode& inode) {
    Extent* const last = inode.extent_count > 0 ? &inode.extents[inode.extent_count - 1] : nullptr;
    std::uint32_t const wanted = last != nullptr ? last->start + last->length : super_.data_start;
    std::uint32_t block = TRY(take_block(wanted));
    if (last != nullptr && block != wanted) {
        TRY(clear_bit(super_.block_bitmap, block));
        ++free_blocks_;
        block = TRY(next_extent(wanted, inode.block_count()));
    }
    if (last != nullptr && block == wanted) {
        ++last->length;
    } else if (inode.extent_count < Inode::most_extents) {
        inode.extents[inode.extent_count++] = {block, 1};
    } else {
        TRY(clear_bit(super_.block_bitmap, block));
        ++free_blocks_;
        return base::fail(Error::no_space);  // the file lies in too many pieces
    }
    return cache_.get_cleared(block);
}

// Gives back all blocks but the first `keep`.
base::Result<void, Error> FileSystem::release_blocks(Inode& inode, std::uint64_t keep) {
    for (std::uint64_t count = inode.block_count(); count > keep; --count) {
        Extent& last = inode.extents[inode.extent_count - 1];
        TRY(clear_bit(super_.block_bitmap, last.start + last.length - 1));
        ++free_blocks_;
        if (--last.length == 0) last = inode.extents[--inode.extent_count] = {};
    }
    return {};
}

// Within one block, in one transaction.
base::Result<void, Error> FileSystem::write_piece(NodeNumber file, std::uint64_t offset,
                                                  std::span<std::byte const> bytes) {
    Inode inode = TRY(load(file));
    if (inode.type != InodeType::file) return base::fail(Error::is_directory);
    std::uint64_t const index = offset / block_size;
    if (index >= inode.block_count()) {
        auto const appended = append_block(inode);
        if (!appended) return base::fail(appended.error());
    }
    auto block = TRY(content(inode, index));
    std::memcpy(block.change() + offset % block_size, bytes.data(), bytes.size());
    inode.size = std::max(inode.size, offset + bytes.size());
    return store(file, inode);
}

base::Result<void, Error> FileSystem::write(NodeNumber file, std::uint64_t offset,
                                            std::span<std::byte const> bytes) {
    if (offset + bytes.size() < offset || offset + bytes.size() > most_blocks * block_size)
        return base::fail(Error::no_space);
    // Zeros first, up to where it begins. Blocks are appended cleared, and what lies
    // behind the end in the last one is zero too: truncate() sees to it.
    std::uint64_t size = TRY(load(file)).size;
    while (size < offset) {
        static constexpr std::byte zeros[block_size] = {};
        std::uint64_t const length = std::min<std::uint64_t>(block_size - size % block_size, offset - size);
        TRY(begin());
        TRY(end(write_piece(file, size, std::span(zeros).first(static_cast<std::size_t>(length)))));
        size += length;
    }
    while (!bytes.empty()) {
        std::size_t const length = std::min<std::size_t>(bytes.size(), block_size - offset % block_size);
        TRY(begin());
        TRY(end(write_piece(file, offset, bytes.first(length))));
        bytes = bytes.subspan(length);
        offset += length;
    }
    return {};
}

// In one transaction.
base::Result<void, Error> FileSystem::shorten(NodeNumber file, Inode inode, std::uint64_t size) {
    TRY(release_blocks(inode, (size + block_size - 1) / block_size));
    inode.size = size;
    if (size % block_size != 0) {
        auto block = TRY(content(inode, size / block_size));
        std::memset(block.change() + size % block_size, 0, block_size - size % block_size);
    }
    return store(file, inode);
}

base::Result<void, Error> FileSystem::truncate(NodeNumber file, std::uint64_t size) {
    // So much in one step that its part of the bitmap fits into a transaction.
    constexpr std::uint64_t step = std::uint64_t{4} * bits_per_block * block_size;
    for (;;) {
        Inode const inode = TRY(load(file));
        if (inode.type != InodeType::file) return base::fail(Error::is_directory);
        if (size > inode.size) return write(file, size, {});
        std::uint64_t const held = inode.block_count() * block_size;
        std::uint64_t const next = held > step ? std::max(size, std::min(inode.size, held - step)) : size;
        TRY(begin());
        TRY(end(shorten(file, inode, next)));
        if (next == size) return {};
    }
}

}  // namespace fs
