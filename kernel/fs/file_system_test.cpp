// SPDX-License-Identifier: MIT
#include "kernel/fs/file_system.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "kernel/fs/check.hpp"
#include "kernel/fs/file_system_under_test.hpp"

namespace fs {
namespace {

TEST(FileSystem, keeps_files_and_directories_over_a_mount) {
    MemoryDevice device(512);
    MUST(mkfs(device));
    {
        Mounted fs(device);
        MUST(fs->make_directory("/a"));
        MUST(fs->make_directory("/a/b"));
        fs.put("/a/b/file", "hello");
        EXPECT_EQ(fs.get("//a/b//file/"), "hello");
        MUST(fs->sync());
    }
    Mounted again(device);
    EXPECT_EQ(again.get("/a/b/file"), "hello");
    EXPECT_EQ(again.tree(), "a/\na/b/\na/b/file = hello\n");
    again.expect_whole();
}

TEST(FileSystem, says_why_not) {
    MemoryDevice device(512);
    MUST(mkfs(device));
    Mounted fs(device);
    fs.put("/file", "x");
    MUST(fs->make_directory("/dir"));
    fs.put("/dir/inside", "y");
    EXPECT_EQ(fs->create("/file").error(), Error::exists);
    EXPECT_EQ(fs->create("/none/file").error(), Error::not_found);
    EXPECT_EQ(fs->create("/file/x").error(), Error::not_directory);
    EXPECT_EQ(fs->remove("/dir").error(), Error::not_empty);
    EXPECT_EQ(fs->remove("/none").error(), Error::not_found);
    EXPECT_EQ(fs->remove("/").error(), Error::bad_name);
    for (std::string const& name :
         {std::string("."), std::string(".."), std::string(60, 'x'), std::string("a\0b", 3)})
        EXPECT_EQ(fs->create("/" + name).error(), Error::bad_name) << name;
    EXPECT_EQ(fs->rename("/dir", "/dir/sub").error(), Error::bad_name);
    EXPECT_EQ(fs->rename("/file", "/dir").error(), Error::is_directory);
    EXPECT_EQ(fs->rename("/dir", "/file").error(), Error::exists);
    EXPECT_EQ(fs->write(root_inode, 0, {}).ok(), true) << "nothing to write";
    std::byte const one[1] = {};
    EXPECT_EQ(fs->write(root_inode, 0, one).error(), Error::is_directory);
    EXPECT_EQ(fs->find(MUST(fs->resolve("/file")), "x").error(), Error::not_directory);
    EXPECT_FALSE(fs->read_only()) << "these are the caller's mistakes";
    fs.expect_whole();
}

TEST(FileSystem, rename_replaces_and_moves) {
    MemoryDevice device(512);
    MUST(mkfs(device));
    Mounted fs(device);
    fs.put("/new", "new");
    fs.put("/old", "old");
    MUST(fs->make_directory("/d"));
    MUST(fs->rename("/new", "/old"));
    MUST(fs->rename("/old", "/d/moved"));
    MUST(fs->rename("/d", "/e"));
    MUST(fs->rename("/e/moved", "/e/moved"));
    EXPECT_EQ(fs.tree(), "e/\ne/moved = new\n");
    fs.expect_whole();
}

TEST(FileSystem, fills_gaps_with_zeros_and_forgets_what_is_cut_off) {
    MemoryDevice device(512);
    MUST(mkfs(device));
    Mounted fs(device);
    fs.put("/f", std::string(9000, 'x'));
    NodeNumber const file = MUST(fs->resolve("/f"));
    MUST(fs->truncate(file, 5000));
    MUST(fs->truncate(file, 12'000));
    fs.write("/f", 13'000, "end");
    std::string const expected = std::string(5000, 'x') + std::string(8000, '\0') + "end";
    EXPECT_EQ(fs.get("/f"), expected);
    EXPECT_EQ(fs.get("/f", 12'999, 100), std::string("\0end", 4));
    EXPECT_EQ(fs.get("/f", 20'000, 10), "");
    fs.expect_whole();
}

TEST(FileSystem, is_full_without_harm_and_empty_again) {
    MemoryDevice device(256);
    MUST(mkfs(device));
    Mounted fs(device);
    std::uint64_t const free = fs->free_blocks();
    unsigned count = 0;
    for (;; ++count) {
        std::string const name = "/file" + std::to_string(count);
        auto const made = fs->create(name);
        if (!made) {
            EXPECT_EQ(made.error(), Error::no_space);
            break;
        }
        std::string const content(6000, static_cast<char>('a' + count % 26));
        auto const bytes = std::as_bytes(std::span(content));
        if (auto const written = fs->write(made.value(), 0, bytes); !written) {
            EXPECT_EQ(written.error(), Error::no_space);
            MUST(fs->remove(name));
            break;
        }
    }
    EXPECT_GT(count, 10u);
    fs.expect_whole();
    for (unsigned i = 0; i < count; ++i) {
        EXPECT_EQ(fs.get("/file" + std::to_string(i)), std::string(6000, static_cast<char>('a' + i % 26)));
        MUST(fs->remove("/file" + std::to_string(i)));
    }
    fs.expect_whole();
    EXPECT_GE(fs->free_blocks() + 2, free) << "but for the directory's own blocks";
}

TEST(FileSystem, a_device_that_fails_ends_all_writing_and_nothing_is_half) {
    for (std::uint64_t n = 1; n < 60; ++n) {
        MemoryDevice device(512);
        MUST(mkfs(device));
        std::string before;
        {
            Mounted fs(device);
            fs.put("/kept", "kept");
            MUST(fs->sync());
            before = fs.tree();
            device.fail_in = n;
            bool failed = false;
            for (unsigned i = 0; i < 30 && !failed; ++i) {
                auto const made = fs->create("/f" + std::to_string(i));
                failed = !made || !fs->sync();
            }
            if (failed) {
                EXPECT_FALSE(fs->create("/more").ok()) << n;
            }
        }
        device.fail_in = 0;
        Mounted again(device);
        again.expect_whole();
        EXPECT_NE(again.tree().find("kept = kept"), std::string::npos) << n;
    }
}

TEST(FileSystem, a_protected_device_is_readable) {
    MemoryDevice device(512);
    MUST(mkfs(device));
    {
        Mounted fs(device);
        fs.put("/f", "content");
        MUST(fs->sync());
    }
    device.protect = true;
    Mounted fs(device);
    EXPECT_EQ(fs.get("/f"), "content");
    EXPECT_EQ(fs->create("/g").error(), Error::read_only);
}

// Ten thousand steps against a plain map.
TEST(FileSystem, agrees_with_a_model) {
    MemoryDevice device(1024);
    MUST(mkfs(device));
    auto fs = std::make_unique<Mounted>(device);
    Model model;
    std::mt19937 random(11);
    for (unsigned step = 0; step < 10'000; ++step) {
        model.random_step(random, *fs);
        if (testing::Test::HasFailure()) FAIL() << "at step " << step;
        if (step % 500 == 499) {
            ASSERT_EQ(fs->tree(), model.tree());
            fs->expect_whole();
        }
        if (step % 1000 == 999) {
            MUST((*fs)->sync());
            fs.reset();
            fs = std::make_unique<Mounted>(device);
            ASSERT_EQ(fs->tree(), model.tree());
        }
    }
}

TEST(FileSystem, a_disk_of_something_else_is_refused) {
    MemoryDevice device(512);
    std::vector<CachedBlock> places(FileSystem::least_places);
    FileSystem empty(device, places);
    EXPECT_EQ(empty.mount().error(), Error::not_ours);
    MUST(mkfs(device));
    device.bytes()[12] ^= std::byte{1};
    std::vector<CachedBlock> more(FileSystem::least_places);
    FileSystem damaged(device, more);
    EXPECT_EQ(damaged.mount().error(), Error::corrupt);
}

// What is on a disk is input like any other: whatever it says, no crash, no hang.
TEST(FileSystem, survives_damage_of_every_kind) {
    MemoryDevice whole(256);
    MUST(mkfs(whole, {.inodes = 64}));
    {
        Mounted fs(whole);
        MUST(fs->make_directory("/d"));
        fs.put("/d/f", std::string(20'000, 'x'));
        fs.put("/g", "y");
        MUST(fs->sync());
    }
    std::mt19937 random(5);
    MemoryDevice device(256);
    for (unsigned round = 0; round < 600; ++round) {
        device.bytes() = whole.bytes();
        auto const super = reinterpret_cast<Superblock const*>(device.bytes().data());
        // Where it hurts: bitmaps, inodes, the first directories, the journal.
        std::size_t const end = std::size_t{super->data_start + 4} * block_size;
        for (unsigned n = 1 + random() % 30; n > 0; --n)
            device.bytes()[block_size + random() % (end - block_size)] = static_cast<std::byte>(random());
        auto* const table =
            reinterpret_cast<Inode*>(device.bytes().data() + std::size_t{super->inode_table} * block_size);
        Inode& inode = table[1 + random() % 4];
        if (random() % 2)
            inode.extents[random() % 3] = {static_cast<std::uint32_t>(random() % 300),
                                           static_cast<std::uint32_t>(random() % 300)};
        if (random() % 4 == 0) inode.extent_count = static_cast<std::uint32_t>(random() % 20);
        if (random() % 4 == 0)
            inode.size = random() % 3 ? random() % 100'000 : ~std::uint64_t{0} - random() % 10;
        Places const places(FileSystem::least_places);
        FileSystem fs(device, places);
        (void)check(device);
        if (!fs.mount()) continue;
        std::byte buffer[100];
        for (char const* path : {"/d/f", "/g", "/d", "/"}) {
            auto const node = fs.resolve(path);
            if (!node) continue;
            (void)fs.info(node.value());
            (void)fs.read(node.value(), random() % 30'000, buffer);
            (void)fs.write(node.value(), random() % 30'000, buffer);
        }
        (void)fs.create("/new");
        (void)fs.rename("/g", "/d/f");
        (void)fs.remove("/d/f");
        (void)fs.make_directory("/d/e");
        (void)fs.sync();
    }
}

}  // namespace
}  // namespace fs
