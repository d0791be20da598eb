// SPDX-License-Identifier: MIT
#include "kernel/fs/check.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <set>

#include "kernel/fs/file_system.hpp"

namespace fs {
namespace {

constexpr std::size_t most_problems = 100;

class Checker {
public:
    explicit Checker(BlockDevice& device) : device_(device), block_(block_size) {}

    CheckResult run() {
        if (!read(0)) return result_;
        std::memcpy(&super_, block_.data(), sizeof super_);
        if (!super_.is_ours()) return problem("block 0 holds no superblock of ours"), result_;
        if (!super_.is_sound(device_.blocks())) return problem("the superblock is damaged"), result_;
        result_.blocks = super_.blocks;
        owner_.assign(super_.blocks, 0);
        reached_.assign(super_.inodes, false);
        reached_[0] = true;
        todo_.push_back({root_inode, "/"});
        reached_[root_inode] = true;
        while (!todo_.empty()) {
            auto const [node, path] = todo_.front();
            todo_.pop_front();
            visit(node, path);
        }
        compare_bitmap(super_.inode_bitmap, super_.inodes, "inode",
                       [&](std::uint32_t i) { return bool(reached_[i]); });
        compare_bitmap(super_.block_bitmap, super_.blocks, "block",
                       [&](std::uint32_t i) { return i < super_.data_start || owner_[i] != 0; });
        result_.used_blocks =
            super_.data_start + static_cast<std::uint64_t>(std::count_if(owner_.begin(), owner_.end(),
                                                                         [](auto o) { return o != 0; }));
        return result_;
    }

private:
    void problem(std::string text) {
        if (result_.problems.size() < most_problems) result_.problems.push_back(std::move(text));
    }
    bool read(std::uint64_t number) {
        if (device_.read(number, BlockBytes(block_.data(), block_size))) return true;
        problem("block " + std::to_string(number) + " cannot be read");
        return false;
    }

    void visit(InodeNumber node, std::string const& path) {
        if (!read(super_.inode_table + node / inodes_per_block)) return;
        Inode const inode = reinterpret_cast<Inode const*>(block_.data())[node % inodes_per_block];
        std::string const name = path + " (inode " + std::to_string(node) + ")";
        if (inode.type != InodeType::file && inode.type != InodeType::directory)
            return problem(name + " is neither a file nor a directory");
        if (inode.extent_count > Inode::most_extents) return problem(name + " has too many extents");
        std::vector<std::uint32_t> blocks;
        for (unsigned i = 0; i < inode.extent_count; ++i) {
            Extent const extent = inode.extents[i];
            if (extent.length == 0 || extent.start < super_.data_start || extent.start >= super_.blocks ||
                extent.length > super_.blocks - extent.start)
                return problem(name + " has an extent outside the data");
            for (std::uint32_t n = 0; n < extent.length; ++n) {
                std::uint32_t& owner = owner_[extent.start + n];
                if (owner != 0)
                    return problem(name + " has block " + std::to_string(extent.start + n) + ", as inode " +
                                   std::to_string(owner) + " does");
                owner = node;
                blocks.push_back(extent.start + n);
            }
        }
        if (inode.size > std::uint64_t{blocks.size()} * block_size)
            return problem(name + " is larger than its blocks");
        if (inode.size + block_size <= std::uint64_t{blocks.size()} * block_size)
            problem(name + " has more blocks than it needs");
        if (inode.type == InodeType::file) {
            ++result_.files;
            return;
        }
        ++result_.directories;
        if (inode.size % block_size != 0) return problem(name + " is a directory of odd size");
        std::set<std::string> names;
        for (std::uint64_t i = 0; i < inode.size / block_size; ++i)
            if (read(blocks[i])) visit_entries(path, names);
    }

    void visit_entries(std::string const& path, std::set<std::string>& names) {
        auto const copy = block_;
        auto const* const entries = reinterpret_cast<DirectoryEntry const*>(copy.data());
        for (unsigned i = 0; i < entries_per_block; ++i) {
            DirectoryEntry const& entry = entries[i];
            if (entry.inode == 0) continue;
            if (entry.length > DirectoryEntry::longest_name || !is_good_name({entry.name, entry.length})) {
                problem(path + " has a name that cannot be");
                continue;
            }
            std::string const name(entry.name, entry.length);
            if (!names.insert(name).second) problem(path + " has the name " + name + " twice");
            if (entry.inode >= super_.inodes)
                problem(path + name + " leads to an inode that does not exist");
            else if (reached_[entry.inode])
                problem(path + name + " leads to inode " + std::to_string(entry.inode) +
                        ", as another name does");
            else
                reached_[entry.inode] = true, todo_.push_back({entry.inode, path + name + "/"});
        }
    }

    template <class InUse>
    void compare_bitmap(std::uint32_t first_block, std::uint32_t bits, std::string const& what,
                        InUse in_use) {
        for (std::uint32_t i = 0; i < bits; ++i) {
            if (i % bits_per_block == 0 && !read(first_block + i / bits_per_block)) return;
            std::uint32_t const bit = i % bits_per_block;
            bool const marked = (static_cast<unsigned>(block_[bit / 8]) >> (bit % 8) & 1) != 0;
            if (marked && !in_use(i))
                problem(what + " " + std::to_string(i) + " is marked as used, and nothing uses it");
            if (!marked && in_use(i)) problem(what + " " + std::to_string(i) + " is used and marked as free");
        }
    }

    BlockDevice& device_;
    std::vector<std::byte> block_;
    Superblock super_{};
    std::vector<std::uint32_t> owner_;  // of each block: its inode
    std::vector<bool> reached_;
    std::deque<std::pair<InodeNumber, std::string>> todo_;
    CheckResult result_;
};

}  // namespace

CheckResult check(BlockDevice& device) { return Checker(device).run(); }

}  // namespace fs
