// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/images.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "simulator/recording/sha256.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;

struct Folder {
    fs::path path = fs::temp_directory_path() / ("viv-images-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
};

machine::Blob blob(std::string const& text) {
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    auto const name = sha256(bytes);
    return {"x.elf", name, std::make_shared<std::vector<std::uint8_t> const>(std::move(bytes))};
}

TEST(ImageCache, keeps_files_by_their_content) {
    Folder folder;
    ImageCache const cache(folder.path / "new" / "images");
    machine::Blob const kept = blob("an image");
    cache.keep(kept);
    cache.keep(kept);
    machine::Blob wanted{"x.elf", kept.sha256, nullptr};
    ASSERT_TRUE(cache.fetch(wanted));
    EXPECT_EQ(*wanted.bytes, *kept.bytes);
    EXPECT_EQ(std::distance(fs::directory_iterator(cache.folder()), {}), 1);
}

TEST(ImageCache, a_damaged_file_counts_as_absent_and_is_replaced) {
    Folder folder;
    ImageCache const cache(folder.path);
    machine::Blob const kept = blob("an image");
    std::ofstream(folder.path / kept.sha256) << "an imagf";
    machine::Blob wanted{"x.elf", kept.sha256, nullptr};
    EXPECT_FALSE(cache.fetch(wanted));
    cache.keep(kept);
    EXPECT_TRUE(cache.fetch(wanted));
}

TEST(ImageCache, never_follows_a_name_that_is_no_hash) {
    Folder folder;
    std::ofstream(folder.path / "secret") << "x";
    ImageCache const cache(folder.path / "images");
    machine::Blob wanted{"x.elf", "../secret", nullptr};
    EXPECT_FALSE(cache.fetch(wanted));
}

TEST(ImageCache, drops_what_was_not_used_for_longest) {
    Folder folder;
    ImageCache const cache(folder.path);
    auto const now = fs::file_time_type::clock::now();
    std::vector<machine::Blob> blobs;
    for (int i = 0; i < 4; ++i) {
        blobs.push_back(blob(std::string(1000, static_cast<char>('a' + i))));
        cache.keep(blobs.back());
        fs::last_write_time(folder.path / blobs.back().sha256, now - std::chrono::hours(10 - i));
    }
    std::ofstream(folder.path / "notes.txt") << std::string(5000, 'x');  // not ours: never touched
    ASSERT_TRUE(cache.fetch(blobs[0]));                                  // used now
    EXPECT_EQ(cache.prune(4000), 0u);
    EXPECT_EQ(cache.prune(2500, blobs[1].sha256), 2u);
    EXPECT_TRUE(fs::exists(folder.path / blobs[0].sha256));
    EXPECT_TRUE(fs::exists(folder.path / blobs[1].sha256));
    EXPECT_FALSE(fs::exists(folder.path / blobs[2].sha256));
    EXPECT_FALSE(fs::exists(folder.path / blobs[3].sha256));
    EXPECT_TRUE(fs::exists(folder.path / "notes.txt"));
}

TEST(ReadBlob, says_what_is_wrong) {
    Folder folder;
    EXPECT_THROW(read_blob(folder.path), std::runtime_error);
    try {
        read_blob(folder.path / "missing.elf");
        FAIL();
    } catch (std::runtime_error const& error) {
        EXPECT_NE(std::string(error.what()).find("missing.elf"), std::string::npos);
    }
}

}  // namespace
}  // namespace sim::recording
