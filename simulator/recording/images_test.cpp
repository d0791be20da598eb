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
