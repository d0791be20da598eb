// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/disk_map_ext2.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace sim::debug {

namespace {

enum Ext2Owner : std::uint8_t {
    not_known,
    not_used,
    superblocks,
    group_descriptors,
    inode_bitmaps,
    block_bitmaps,
    inode_tables,
    used_by_no_file,
    of_directories,  // from here on DiskMap::place_of() looks for a file
    the_other_files = 255,
};

constexpr std::uint64_t ext2_superblock = 1024, most_ext2_blocks = 1U << 22;
// A damaged disk can nest directories without an end.
constexpr std::size_t most_of_a_path = 1024;
// Of inode numbers. [ext2 §reserved inodes]
constexpr std::uint32_t root_directory = 2, room_for_groups = 7;

class Ext2Reader {
public:
    Ext2Reader(std::uint64_t blocks, DiskBlockSource const& source) : source_(source) {
        map_.system = "ext2";
        map_.blocks = std::min<std::uint64_t>(blocks, most_ext2_blocks);
        map_.owner.owners = {"unknown",      "free",         "superblock",      "group descriptors", "inode bitmap",
                             "block bitmap", "inode table",  "used by no file", "directories"};
    }

    DiskMap run() {
        if (std::string const wrong = read_superblock(); !wrong.empty()) {
            map_.owner.owner.assign(map_.blocks, not_known);
            return finish(wrong);
        }
        owner_.assign(blocks_, not_known);
        mark_groups();
        visit_all();
        mark_free();
        fold();
        return finish("");
    }

private:
    struct Node {
        unsigned mode = 0;
        std::uint64_t size = 0;
        std::array<std::uint32_t, 15> blocks{};
        bool directory() const { return (mode & 0xF000) == 0x4000; }
        bool file() const { return (mode & 0xF000) == 0x8000; }
    };

    // ---- bytes ----

    // Behind the disk's end there are zeros.
    std::uint32_t number(std::uint64_t address, unsigned size) {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{byte(address + i)} << (8 * i);
        return value;
    }
    std::uint8_t byte(std::uint64_t address) {
        std::uint64_t const block = address / disk_block_bytes;
        if (block >= map_.blocks) return 0;
        if (held_ != block) source_(held_ = block, bytes_);
        return bytes_[address % disk_block_bytes];
    }
    std::uint32_t entry_of(std::uint32_t block, std::uint32_t index) {
        return number(std::uint64_t{block} * block_size_ + std::uint64_t{index} * 4, 4);
    }

    void odd(std::string text) {
        if (map_.problem.empty()) map_.problem = std::move(text);
    }
    DiskMap finish(std::string problem) {
        if (!problem.empty()) odd(std::move(problem));
        map_.owner.frames_by_owner.assign(map_.owner.owners.size(), 0);
        for (std::uint8_t const o : map_.owner.owner) ++map_.owner.frames_by_owner[o];
        return std::move(map_);
    }

    // ---- the parts that each group has ----

    std::string read_superblock() {
        auto const field = [this](unsigned offset, unsigned size = 4) { return number(ext2_superblock + offset, size); };
        bool const old = field(76) == 0;
        constexpr std::uint32_t types_in_directories = 2;
        if (!old && (field(96) & ~types_in_directories))
            return "it has features that are not read here: ext3 or ext4?";
        if (field(24) > 2) return "its blocks have more than 4 KiB";
        block_size_ = 1024U << field(24);
        inodes_ = field(0), blocks_ = field(4), first_ = field(20);
        group_blocks_ = field(32), group_inodes_ = field(40);
        inode_size_ = old ? 128 : field(88, 2);
        sparse_ = !old && (field(100) & 1);
        reserved_ = old ? 0 : field(206, 2);
        bool const possible = blocks_ > first_ && first_ < 2 && group_inodes_ > 0 && group_blocks_ > 0 &&
                              group_blocks_ <= 8 * block_size_ && group_inodes_ <= 8 * block_size_ &&
                              inode_size_ >= 128 && inode_size_ <= block_size_ &&
                              std::uint64_t{blocks_} * block_size_ <= map_.blocks * disk_block_bytes &&
                              blocks_ <= most_ext2_blocks;
        if (!possible) return "the superblock's numbers cannot be";
        groups_ = (blocks_ - first_ + group_blocks_ - 1) / group_blocks_;
        if (inodes_ > std::uint64_t{groups_} * group_inodes_) return "the superblock's numbers cannot be";
        return "";
    }

    // Since there are many groups, only some keep a copy. [ext2 §sparse superblocks]
    bool has_copy(std::uint32_t group) const {
        if (!sparse_ || group < 2) return true;
        for (std::uint32_t const base : {3U, 5U, 7U}) {
            std::uint64_t power = base;
            while (power < group) power *= base;
            if (power == group) return true;
        }
        return false;
    }

    std::uint64_t descriptor(std::uint32_t group) const {
        return (std::uint64_t{first_} + 1) * block_size_ + std::uint64_t{group} * 32;
    }

    void mark(std::uint64_t first, std::uint64_t count, std::uint8_t owner) {
        for (std::uint64_t b = first; b < std::min<std::uint64_t>(first + count, blocks_); ++b) owner_[b] = owner;
    }

    void mark_groups() {
        std::uint64_t const table = (std::uint64_t{group_inodes_} * inode_size_ + block_size_ - 1) / block_size_;
        std::uint64_t const descriptors = (std::uint64_t{groups_} * 32 + block_size_ - 1) / block_size_ + reserved_;
        for (std::uint32_t g = 0; g < groups_; ++g) {
            std::uint64_t const start = first_ + std::uint64_t{g} * group_blocks_;
            if (has_copy(g)) {
                mark(start, 1, superblocks);
                mark(start + 1, descriptors, group_descriptors);
            }
            std::uint64_t const at = descriptor(g);
            std::uint32_t const parts[] = {number(at, 4), number(at + 4, 4), number(at + 8, 4)};
            if (std::ranges::any_of(parts, [&](std::uint32_t p) { return p <= first_ || p >= blocks_; })) {
                odd(fmt::format("a part of group {} lies where it cannot", g));
                continue;
            }
            mark(parts[0], 1, block_bitmaps);
            mark(parts[1], 1, inode_bitmaps);
            mark(parts[2], table, inode_tables);
        }
        // What it is kept for is not used yet; only the block that lists it is its own.
        if (auto const list = load(room_for_groups).blocks[13]; list > first_ && list < blocks_)
            mark(list, 1, group_descriptors);
    }

    // ---- files ----

    Node load(std::uint32_t inode) {
        Node node;
        if (inode == 0 || inode > inodes_) return node;
        std::uint32_t const table = number(descriptor((inode - 1) / group_inodes_) + 8, 4);
        std::uint64_t const at =
            std::uint64_t{table} * block_size_ + std::uint64_t{(inode - 1) % group_inodes_} * inode_size_;
        node.mode = number(at, 2);
        node.size = number(at + 4, 4);
        if (node.file()) node.size |= std::uint64_t{number(at + 108, 4)} << 32;
        for (unsigned i = 0; i < 15; ++i) node.blocks[i] = number(at + 40 + std::uint64_t{i} * 4, 4);
        return node;
    }

    // Takes a block for a file. False: it cannot be the file's.
    bool claim(std::uint32_t block, std::uint8_t owner, std::string const& path) {
        if (block <= first_ || block >= blocks_) return odd(path + " has a block outside the file system"), false;
        if (owner_[block] != not_known) return odd(path + " has a block that another one has"), false;
        owner_[block] = owner;
        return true;
    }

    // The numbers below one block of them, and so on; holes stay out. A block is claimed
    // once only, so that no circle is followed.
    bool collect(std::uint32_t block, unsigned level, std::uint64_t& index, std::uint8_t owner, std::string const& path,
                 std::vector<std::pair<std::uint64_t, std::uint32_t>>& out) {
        std::uint32_t const numbers = block_size_ / 4;
        if (block == 0) {
            std::uint64_t skipped = 1;
            for (unsigned i = 0; i < level; ++i) skipped *= numbers;
            index += skipped;
            return true;
        }
        if (!claim(block, owner, path)) return false;
        if (level == 0) {
            out.emplace_back(index++, block);
            return true;
        }
        for (std::uint32_t i = 0; i < numbers; ++i)
            if (!collect(entry_of(block, i), level - 1, index, owner, path, out)) return false;
        return true;
    }

    void visit_all() {
        std::vector<bool> reached(std::size_t{inodes_} + 1);
        std::deque<std::pair<std::uint32_t, std::string>> todo;
        auto const find = [&](std::uint32_t inode, std::string path) {
            if (inode == 0 || inode > inodes_) return odd(path + " leads to an inode that does not exist");
            // A file may have several names; the first one counts.
            if (reached[inode]) return;
            if (path.size() > most_of_a_path) return odd(fmt::format("a path is longer than {} bytes", most_of_a_path));
            reached[inode] = true;
            todo.emplace_back(inode, std::move(path));
        };
        find(root_directory, "/");
        while (!todo.empty()) {
            auto [inode, path] = std::move(todo.front());
            todo.pop_front();
            Node const node = load(inode);
            if (!node.directory() && !node.file()) {
                if (node.mode == 0) odd(path + " has a damaged inode");
                continue;  // a link in words, a device: no blocks
            }
            DiskFile file{path, node.directory(), inode, node.size, {}};
            if (file.directory && !path.ends_with('/')) file.path += '/';
            std::uint8_t const owner = owner_for(file);
            std::vector<std::pair<std::uint64_t, std::uint32_t>> blocks;
            std::uint64_t index = 0;
            for (unsigned i = 0; i < 15; ++i)
                if (!collect(node.blocks[i], i < 12 ? 0 : i - 11, index, owner, file.path, blocks)) break;
            contents_.push_back(blocks);
            owners_.push_back(owner);
            if (file.directory)
                for (auto const& [at, block] : blocks) read_directory(block, file.path, find);
            map_.files.push_back(std::move(file));
        }
    }

    // [ext2 §linked directory entry structure]
    template <class Find>
    void read_directory(std::uint32_t block, std::string const& path, Find const& find) {
        std::uint64_t const begin = std::uint64_t{block} * block_size_;
        for (std::uint32_t at = 0; at + 8 <= block_size_;) {
            std::uint32_t const inode = number(begin + at, 4), length = number(begin + at + 4, 2);
            std::uint32_t const letters = number(begin + at + 6, 1);
            if (length < 8 || length % 4 || at + length > block_size_ || letters + 8 > length)
                return odd(path + " has an entry that cannot be");
            std::string name;
            for (std::uint32_t i = 0; i < letters; ++i) {
                std::uint8_t const c = byte(begin + at + 8 + i);
                name += c < 0x20 || c == 0x7F || c == '/' ? '?' : static_cast<char>(c);
            }
            at += length;
            if (inode == 0 || name == "." || name == "..") continue;
            if (name.empty()) return odd(path + " has an entry without a name");
            find(inode, path + name);
        }
    }

    std::uint8_t owner_for(DiskFile const& file) {
        if (file.directory) return of_directories;
        auto& names = map_.owner.owners;
        if (names.size() < the_other_files) {
            names.push_back(file.path);
            return static_cast<std::uint8_t>(names.size() - 1);
        }
        if (names.size() == the_other_files) names.push_back("other files");
        return the_other_files;
    }

    void mark_free() {
        for (std::uint32_t b = first_; b < blocks_; ++b) {
            std::uint32_t const group = (b - first_) / group_blocks_, bit = (b - first_) % group_blocks_;
            std::uint32_t const bitmap = number(descriptor(group), 4);
            bool const used = byte(std::uint64_t{bitmap} * block_size_ + bit / 8) >> (bit % 8) & 1;
            if (owner_[b] == not_known)
                owner_[b] = used ? used_by_no_file : not_used;
            else if (!used)
                odd(fmt::format("block {} of {} is marked as free", b, map_.owner.owners[owner_[b]]));
        }
    }

    // From the file system's blocks to the map's.
    void fold() {
        std::uint64_t const each = disk_block_bytes / block_size_;
        map_.owner.owner.assign(map_.blocks, not_known);
        for (std::uint64_t b = 0; b < blocks_; ++b) {
            std::uint8_t& owner = map_.owner.owner[b / each];
            if (owner == not_known || owner == not_used)
                owner = owner_[b] == not_known ? owner : owner_[b];
        }
        for (std::size_t f = 0; f < map_.files.size(); ++f)
            for (auto const& [index, block] : contents_[f]) {
                std::uint64_t const place = block / each, of_file = index / each;
                auto& extents = map_.files[f].extents;
                if (map_.owner.owner[place] != owners_[f]) continue;
                if (!extents.empty()) {
                    auto& last = extents.back();
                    if (place == last.first + last.blocks - 1) continue;
                    if (place == last.first + last.blocks && of_file == last.index + last.blocks) {
                        ++last.blocks;
                        continue;
                    }
                }
                extents.push_back({place, 1, of_file});
            }
        map_.find_stretches();
    }

    DiskBlockSource const& source_;
    DiskMap map_;
    std::array<std::uint8_t, disk_block_bytes> bytes_{};
    std::uint64_t held_ = ~std::uint64_t{0};
    std::uint32_t block_size_ = 1024, inodes_ = 0, blocks_ = 0, first_ = 0, group_blocks_ = 1, group_inodes_ = 1;
    std::uint32_t inode_size_ = 128, groups_ = 0, reserved_ = 0;
    bool sparse_ = false;
    std::vector<std::uint8_t> owner_;  // by the file system's blocks
    // Of each file: its blocks with their places in it, and whose they are said to be.
    std::vector<std::vector<std::pair<std::uint64_t, std::uint32_t>>> contents_;
    std::vector<std::uint8_t> owners_;
};

}  // namespace

bool looks_like_ext2(std::span<std::uint8_t const> first_block) {
    return first_block.size() > 1081 && first_block[1080] == 0x53 && first_block[1081] == 0xEF;
}

DiskMap read_ext2_map(std::uint64_t blocks, DiskBlockSource const& source) { return Ext2Reader(blocks, source).run(); }

}  // namespace sim::debug
