// SPDX-License-Identifier: MIT
//
// Files as large, or in as many pieces, as they can be; and what a commit leaves
// behind that fails in its midst.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "kernel/fs/file_system_under_test.hpp"

namespace fs {
namespace {

// A large disk of which little is ever written.
class SparseDevice final : public BlockDevice {
public:
    explicit SparseDevice(std::uint64_t blocks) : blocks_(blocks) {}
    std::uint64_t blocks() const override { return blocks_; }
    bool read_only() const override { return false; }
    base::Result<void, Error> read(std::uint64_t number, BlockBytes into) override {
        if (number >= blocks_) return base::fail(Error::io);
        std::memset(into.data(), 0, block_size);
        if (auto const found = written_.find(number); found != written_.end())
            std::memcpy(into.data(), found->second.data(), block_size);
        return {};
    }
    base::Result<void, Error> write(std::uint64_t number, ConstBlockBytes from) override {
        if (number >= blocks_) return base::fail(Error::io);
        written_[number].assign(from.begin(), from.end());
        return {};
    }
    base::Result<void, Error> flush() override { return {}; }

    template <class T, class F>
    void change(std::uint64_t number, F const& change) {
        alignas(16) std::byte bytes[block_size];
        MUST(read(number, bytes));
        change(reinterpret_cast<T*>(bytes));
        MUST(write(number, bytes));
    }

private:
    std::uint64_t blocks_;
    std::unordered_map<std::uint64_t, std::vector<std::byte>> written_;
};

// On a disk that is not mounted: the empty file gets these blocks, as if written.
void give_blocks(SparseDevice& device, Superblock const& super, NodeNumber file,
                 std::vector<Extent> const& extents) {
    // The journal would put back what it replays.
    device.change<std::byte>(super.journal_start, [](std::byte* list) { std::memset(list, 0, block_size); });
    device.change<Inode>(super.inode_table + file / inodes_per_block, [&](Inode* table) {
        Inode& inode = table[file % inodes_per_block];
        std::copy(extents.begin(), extents.end(), inode.extents);
        inode.extent_count = static_cast<std::uint32_t>(extents.size());
        inode.size = inode.block_count() * block_size;
    });
    for (Extent const& extent : extents) {
        for (std::uint32_t at = extent.start, end = at + extent.length; at < end;) {
            std::uint32_t const stop = std::min(end, (at / bits_per_block + 1) * bits_per_block);
            device.change<std::uint8_t>(super.block_bitmap + at / bits_per_block, [&](std::uint8_t* bits) {
                for (; at < stop; ++at)
                    bits[at % bits_per_block / 8] |= static_cast<std::uint8_t>(1u << (at % 8));
            });
        }
    }
}

class Large : public testing::Test {
protected:
    explicit Large(std::uint64_t blocks = 30 * std::uint64_t{bits_per_block}) : device_(blocks) {
        MUST(mkfs(device_, {.inodes = 64, .journal_blocks = smallest_journal}));
        open();
        MUST(system_->make_directory("/dir"));
        MUST(system_->create("/file"));
        MUST(system_->create("/dir/inner"));
        big_ = MUST(system_->create("/big"));
    }
    void open() {
        if (system_) MUST(system_->sync());
        places_ = std::vector<CachedBlock>(FileSystem::least_places);
        system_ = std::make_unique<FileSystem>(device_, places_);
        MUST(system_->mount());
    }
    void make_big(std::vector<Extent> const& extents) {
        MUST(system_->sync());
        give_blocks(device_, system_->superblock(), big_, extents);
        open();
    }
    void expect_whole() {
        for (auto const& problem : check(device_).problems) ADD_FAILURE() << problem;
    }
    SparseDevice device_;
    std::vector<CachedBlock> places_;
    std::unique_ptr<FileSystem> system_;
    NodeNumber big_ = 0;
};

TEST_F(Large, a_rename_that_may_not_be_leaves_a_huge_file_alone) {
    make_big({{2000, 4 * bits_per_block + 10}});
    std::uint64_t const size = MUST(system_->info(big_)).size;
    EXPECT_EQ(system_->rename("/dir", "/big").error(), Error::exists);
    EXPECT_EQ(system_->rename("/none", "/big").error(), Error::not_found);
    EXPECT_EQ(MUST(system_->info(big_)).size, size);
    MUST(system_->rename("/file", "/big"));
    NodeNumber const moved = MUST(system_->resolve("/big"));
    EXPECT_EQ(MUST(system_->info(moved)).size, 0u);
    MUST(system_->sync());
    expect_whole();
}

// Half a GiB in 12 extents, which touch as many blocks of the bitmap as they can, 27.
TEST_F(Large, the_largest_change_fits_the_smallest_journal_and_cache) {
    std::vector<Extent> extents;
    for (std::uint32_t i = 0; i < 11; ++i) extents.push_back({(2 * i + 1) * bits_per_block - 1, 2});
    extents.push_back({23 * bits_per_block - 1, 3 * bits_per_block + 2});
    make_big(extents);
    ASSERT_LE(MUST(system_->info(big_)).size, std::uint64_t{4} * bits_per_block * block_size);
    MUST(system_->rename("/dir/inner", "/big"));
    EXPECT_TRUE(system_->sync().ok());
    EXPECT_FALSE(system_->read_only());
    expect_whole();
}

TEST(Growth, two_files_may_grow_in_turns) {
    MemoryDevice device(4096);
    MUST(mkfs(device));
    Mounted fs(device, 256);
    NodeNumber const files[] = {MUST(fs->create("/one")), MUST(fs->create("/two"))};
    constexpr std::uint64_t end = 1 << 20;
    std::vector<std::byte> record(1000);
    for (std::uint64_t at = 0; at < end; at += record.size()) {
        for (unsigned i = 0; i < 2; ++i) {
            std::fill(record.begin(), record.end(), static_cast<std::byte>(at / record.size() + i));
            auto const written = fs->write(files[i], at, record);
            ASSERT_TRUE(written.ok()) << "file " << i << " at " << at << ": " << name(written.error());
        }
    }
    for (unsigned i = 0; i < 2; ++i) {
        for (std::uint64_t at = 0; at < end; at += record.size()) {
            ASSERT_EQ(MUST(fs->read(files[i], at, record)), record.size());
            ASSERT_EQ(record.front(), static_cast<std::byte>(at / record.size() + i)) << at;
            ASSERT_EQ(record.back(), record.front());
        }
    }
    fs.expect_whole();
}

// Where there is no room for that, any block will do.
TEST(Growth, the_last_free_blocks_are_found) {
    MemoryDevice device(256);
    MUST(mkfs(device));
    Mounted fs(device);
    NodeNumber const file = MUST(fs->create("/f"));
    NodeNumber const other = MUST(fs->create("/g"));
    std::byte const bytes[block_size] = {};
    MUST(fs->write(file, 0, bytes));
    MUST(fs->write(other, 0, bytes));
    std::uint64_t offset = block_size;
    while (fs->write(file, offset, bytes)) offset += block_size;
    EXPECT_EQ(fs->free_blocks(), 0u);
    fs.expect_whole();
}

// One write or flush that fails, each in turn: what is mounted, and what the next mount
// finds, is what some of the operations left behind, and never less than was synced.
TEST(FailingWrite, what_has_been_committed_stays_in_memory) {
    unsigned failures = 0;
    for (std::uint64_t n = 1; n < 80; ++n) {
        SCOPED_TRACE(testing::Message() << "write or flush " << n << " fails");
        MemoryDevice device(512);
        MUST(mkfs(device));
        std::vector<std::string> trees;
        std::size_t synced = 0, now = 0;
        {
            Mounted fs(device, FileSystem::least_places);
            MUST(fs->make_directory("/d"));
            fs.put("/d/kept", std::string(5000, 'k'));
            MUST(fs->sync());
            trees.push_back(fs.tree());
            device.fail_change_in = n;
            std::string kept = "/d/kept";
            for (unsigned i = 0; i < 4 && !fs->read_only(); ++i) {
                // Each operation may commit those before it.
                auto const made = fs->create("/d/f" + std::to_string(i));
                trees.push_back(fs.tree());
                if (made) (void)fs->write(made.value(), 0, std::as_bytes(std::span("text", 4)));
                trees.push_back(fs.tree());
                if (fs->rename(kept, "/d/kept" + std::to_string(i))) kept = "/d/kept" + std::to_string(i);
                trees.push_back(fs.tree());
                if (fs->sync()) synced = trees.size() - 1;
            }
            if (fs->read_only()) ++failures;
            std::string const found = fs.tree();
            auto const at =
                std::find(trees.begin() + static_cast<std::ptrdiff_t>(synced), trees.end(), found);
            ASSERT_NE(at, trees.end()) << "mounted:\n" << found.substr(0, 300);
            now = static_cast<std::size_t>(at - trees.begin());
        }
        Mounted again(device);
        again.expect_whole();
        std::string const found = again.tree();
        auto const at = std::find(trees.begin() + static_cast<std::ptrdiff_t>(synced), trees.end(), found);
        ASSERT_NE(at, trees.end()) << "after the next mount:\n" << found.substr(0, 300);
        ASSERT_GE(static_cast<std::size_t>(at - trees.begin()), now) << "what one could read is gone";
    }
    EXPECT_GT(failures, 20u);
}

// An entry's length is one byte on the disk and says up to 255.
TEST(DamagedEntry, a_name_longer_than_its_place_is_none) {
    for (unsigned place : {5u, entries_per_block - 1}) {
        MemoryDevice device(512);
        MUST(mkfs(device));
        {
            Mounted fs(device);
            for (unsigned i = 0; i < entries_per_block; ++i) fs.put("/" + std::to_string(i), "");
            MUST(fs->sync());
        }
        std::vector<CachedBlock> places(FileSystem::least_places);
        FileSystem fs(device, places);
        MUST(fs.mount());
        Superblock const super = fs.superblock();
        auto const* const root =
            reinterpret_cast<Inode const*>(device.bytes().data() + super.inode_table * block_size) +
            root_inode;
        auto* const entries =
            reinterpret_cast<DirectoryEntry*>(device.bytes().data() + root->extents[0].start * block_size);
        entries[place].length = 255;
        // What lies behind the entry's own name.
        std::string wanted(255, '\0');
        std::size_t const there = std::min<std::size_t>(
            255, block_size - place * sizeof(DirectoryEntry) - offsetof(DirectoryEntry, name));
        std::memcpy(wanted.data(),
                    reinterpret_cast<char const*>(entries + place) + offsetof(DirectoryEntry, name), there);
        // The directory's block in the last place of the cache, which ends with it: every
        // other but the one with the inodes is taken.
        for (CachedBlock& each : places) each.valid = false;
        MUST(fs.info(root_inode));
        for (CachedBlock& each : places) each.users = each.valid ? 0 : 1;
        places.back().users = 0;
        EXPECT_EQ(fs.find(root_inode, wanted).error(), Error::not_found);
        EXPECT_EQ(places.back().number, root->extents[0].start);
        struct Names final : DirectoryVisitor {
            bool entry(std::string_view, NodeNumber) override { return true; }
        } names;
        EXPECT_EQ(fs.list(root_inode, names).error(), Error::corrupt);
    }
}

}  // namespace
}  // namespace fs
