// SPDX-License-Identifier: MIT
//
// Against images of the ordinary mke2fs.
#include "kernel/fs/ext2.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "kernel/fs/file_system_under_test.hpp"

namespace fs {
namespace {

namespace files = std::filesystem;

// A folder of the host, made into an image.
class Ext2Test : public testing::TestWithParam<int> {
protected:
    Ext2Test() {
        std::string text = (files::temp_directory_path() / "ext2_test.XXXXXX").string();
        folder_ = mkdtemp(text.data());
        files::create_directories(folder_ / "tree/deep/er");
        write("tree/hello", "hello, world\n");
        write("tree/deep/er/file", "found");
        write("tree/empty", "");
        write("tree/large", numbers());  // beyond the block of numbers, into two levels
        for (int i = 0; i < 70; ++i) write("tree/deep/name" + std::to_string(i), std::to_string(i));
        std::ofstream sparse(folder_ / "tree/sparse", std::ios::binary);
        sparse.seekp(700'000);
        sparse << "end";
    }
    ~Ext2Test() override { files::remove_all(folder_); }
    static std::string const& numbers() {
        static std::string const text = [] {
            std::string all;
            for (int i = 0; all.size() < 1'500'000; ++i) all += std::to_string(i) + ",";
            return all;
        }();
        return text;
    }
    void write(std::string const& name, std::string const& content) {
        std::ofstream(folder_ / name, std::ios::binary) << content;
    }
    MemoryDevice make(std::string const& options = "", std::string const& size = "8M") {
        std::string const image = (folder_ / "image").string();
        std::string const command = "PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext2 -b " +
                                    std::to_string(GetParam()) + " " + options + " -d " +
                                    (folder_ / "tree").string() + " " + image + " " + size;
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
        std::ifstream in(image, std::ios::binary);
        MemoryDevice::Bytes bytes(files::file_size(image));
        in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        EXPECT_TRUE(in.good());
        files::remove(image);
        return MemoryDevice(std::move(bytes));
    }
    std::string host_tree() {
        std::map<std::string, std::string> lines;
        for (auto const& entry : files::recursive_directory_iterator(folder_ / "tree")) {
            std::string const name = files::relative(entry.path(), folder_ / "tree").string();
            if (entry.is_directory()) {
                lines[name + "/"] = "\n";
                continue;
            }
            std::string content(entry.file_size(), '?');
            std::ifstream in(entry.path(), std::ios::binary);
            in.read(content.data(), static_cast<std::streamsize>(content.size()));
            lines[name] = " = " + content + "\n";
        }
        lines["lost+found/"] = "\n";
        std::string all;
        for (auto const& [path, rest] : lines) all += path + rest;
        return all;
    }
    files::path folder_;
    std::vector<CachedBlock> places_{Ext2::least_places};
};

TEST_P(Ext2Test, reads_every_file_as_the_host_does) {
    MemoryDevice device = make();
    device.protect = true;
    Ext2 volume(device, places_);
    MUST(volume.mount());
    EXPECT_EQ(tree_of(volume), host_tree());
    EXPECT_EQ(volume.resolve("/deep/none").error(), Error::not_found);
    EXPECT_EQ(volume.resolve("/hello/none").error(), Error::not_directory);
    EXPECT_EQ(volume.resolve("/deep/../hello").error(), Error::not_found);
}

// As large as a virtio disk can say that it is: so many bytes have no number.
struct VastDevice final : BlockDevice {
    explicit VastDevice(MemoryDevice& first) : first_(first) {}
    std::uint64_t blocks() const override { return std::uint64_t{1} << 52; }
    bool read_only() const override { return true; }
    base::Result<void, Error> read(std::uint64_t number, BlockBytes into) override {
        return first_.read(number, into);
    }
    base::Result<void, Error> write(std::uint64_t, ConstBlockBytes) override { return base::fail(Error::io); }
    base::Result<void, Error> flush() override { return base::fail(Error::io); }

private:
    MemoryDevice& first_;
};

TEST_P(Ext2Test, a_disk_of_two_to_the_sixty_fourth_bytes_is_not_too_small) {
    MemoryDevice first = make();
    VastDevice device(first);
    Ext2 volume(device, places_);
    EXPECT_TRUE(volume.mount().ok());
    first.bytes().resize(first.bytes().size() - block_size);
    Ext2 cut(first, places_);
    EXPECT_EQ(cut.mount().error(), Error::corrupt) << "and this one is";
}

TEST_P(Ext2Test, refuses_what_it_does_not_know) {
    MemoryDevice newer = make("-O extents");
    Ext2 volume(newer, places_);
    EXPECT_EQ(volume.mount().error(), Error::not_ours);
    MemoryDevice nothing(64);
    std::vector<CachedBlock> places(Ext2::least_places);
    Ext2 none(nothing, places);
    EXPECT_EQ(none.mount().error(), Error::not_ours);
}

// 1 KiB more than whole blocks of ours.
TEST_P(Ext2Test, reads_an_image_of_any_size) {
    MemoryDevice device = make("", GetParam() == 1024 ? "6001K" : "6002K");
    ASSERT_NE(GetParam() != 4096, device.bytes().size() % block_size == 0);
    Ext2 volume(device, places_);
    MUST(volume.mount());
    EXPECT_EQ(tree_of(volume), host_tree());
}

// A directory must not take minutes to search, whatever its inode says of its size.
TEST_P(Ext2Test, a_directory_has_an_end_and_no_holes) {
    MemoryDevice const whole = make();
    std::uint32_t const size = static_cast<std::uint32_t>(GetParam());
    // The root's inode, the second of the first table.
    auto const number_at = [](MemoryDevice& device, std::uint64_t at) -> std::uint32_t& {
        return reinterpret_cast<std::uint32_t&>(device.bytes()[at]);
    };
    auto const root_of = [&](MemoryDevice& device) {
        std::uint64_t const table = number_at(device, (size == 1024 ? 2 : 1) * std::uint64_t{size} + 8);
        auto const inode_size = reinterpret_cast<std::uint16_t const&>(device.bytes()[1024 + 88]);
        return table * size + inode_size;
    };
    MemoryDevice endless = whole, holed = whole;
    // 16 MiB and a little more of the root's first block, over and over.
    std::uint64_t const root = root_of(endless), last = 8 * 1024 * 1024 / size - 1;
    std::uint32_t const first = number_at(endless, root + 40);
    for (unsigned i = 0; i < 12; ++i) number_at(endless, root + 40 + 4 * i) = first;
    number_at(endless, root + 40 + 4 * 12) = static_cast<std::uint32_t>(last);
    number_at(endless, root + 40 + 4 * 13) = static_cast<std::uint32_t>(last - 1);
    for (unsigned i = 0; i < size / 4; ++i) {
        number_at(endless, last * size + 4 * i) = first;
        number_at(endless, (last - 1) * size + 4 * i) = static_cast<std::uint32_t>(last);
    }
    number_at(endless, root + 4) = (16u << 20) + size;
    number_at(holed, root + 40) = 0;
    for (MemoryDevice* device : {&endless, &holed}) {
        std::vector<CachedBlock> places(Ext2::least_places);
        Ext2 volume(*device, places);
        MUST(volume.mount());
        EXPECT_EQ(volume.resolve("/none").error(), Error::corrupt);
    }
}

TEST_P(Ext2Test, survives_damage) {
    MemoryDevice device = make();
    MemoryDevice::Bytes const whole = device.bytes();
    std::mt19937 random(static_cast<unsigned>(GetParam()));
    for (unsigned round = 0; round < 60; ++round) {
        device.bytes() = whole;
        for (unsigned n = 1 + random() % 400; n > 0; --n)
            device.bytes()[1024 + random() % 400'000] =
                static_cast<std::byte>(random() % 4 ? random() : 0xff);
        Places const places(Ext2::least_places);
        Ext2 volume(device, places);
        if (!volume.mount()) continue;
        std::byte buffer[5000];
        for (char const* path : {"/hello", "/large", "/deep/er/file", "/sparse", "/deep"}) {
            auto const node = volume.resolve(path);
            if (node) (void)volume.read(node.value(), random() % 2'000'000, buffer);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(BlockSize, Ext2Test, testing::Values(1024, 2048, 4096));

}  // namespace
}  // namespace fs
