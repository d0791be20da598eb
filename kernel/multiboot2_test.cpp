// SPDX-License-Identifier: MIT
#include "kernel/multiboot2.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace kernel::multiboot2 {
namespace {

// A loader, written from the specification. [multiboot2 §3.6]
class Tags {
public:
    Tags& add(std::uint32_t type, std::string const& body) {
        put(type);
        put(static_cast<std::uint32_t>(8 + body.size()));
        bytes_ += body;
        bytes_.resize((bytes_.size() + 7) & ~std::size_t{7});
        return *this;
    }
    Tags& add_map(std::vector<memory::MapEntry> const& entries, std::uint32_t entry_size = 24) {
        std::string body = word(entry_size, 4) + word(0, 4);
        for (auto const& e : entries) {
            std::string one = word(e.address, 8) + word(e.size, 8) + word(e.type, 4) + word(0, 4);
            one.resize(entry_size, 'x');
            body += one;
        }
        return add(6, body);
    }
    std::vector<std::byte> end() {
        add(0, "");
        return so_far();
    }
    std::vector<std::byte> so_far() const {
        std::string const all = word(bytes_.size() + 8, 4) + word(0, 4) + bytes_;
        std::vector<std::byte> result(all.size());
        std::memcpy(result.data(), all.data(), all.size());
        return result;
    }
    static std::string word(std::uint64_t value, unsigned size) {
        std::string text;
        for (unsigned i = 0; i < size; ++i) text += static_cast<char>(value >> 8 * i);
        return text;
    }

private:
    void put(std::uint32_t value) { bytes_ += word(value, 4); }
    std::string bytes_;
};

std::vector<memory::MapEntry> const small_map = {
    {0, 0x9f000, 1}, {0x9f000, 0x61000, 2}, {0x100000, 0x700000, 1}, {0x800000, 0x8000, 4}};

TEST(Multiboot2, takes_the_words_the_memory_the_modules_and_acpi) {
    std::string const old_pointer(20, 'o'), new_pointer(36, 'n');
    auto const information =
        Tags()
            .add(2, std::string("GRUB 2\0", 7))
            .add(1, std::string("loglevel=debug x\0", 17))
            .add(15, new_pointer)
            .add(14, old_pointer)
            .add_map(small_map)
            .add(3, Tags::word(0x200000, 4) + Tags::word(0x200801, 4) + std::string("initrd\0", 7))
            .end();
    BootInfo info;
    EXPECT_EQ(read_tags(information, info), nullptr);
    EXPECT_EQ(info.words(), "loglevel=debug x");
    ASSERT_EQ(info.ram.usable().size(), 2u);
    EXPECT_EQ(info.ram.usable()[1].first, base::FrameNumber(0x100));
    EXPECT_EQ(info.ram.usable()[1].end, base::FrameNumber(0x800));
    ASSERT_EQ(info.loaded_modules().size(), 1u);
    EXPECT_EQ(info.loaded_modules()[0],
              (memory::FrameRange{base::FrameNumber(0x200), base::FrameNumber(0x201)}));
    ASSERT_TRUE(info.has_rsdp_copy);
    EXPECT_EQ(std::memcmp(info.rsdp_copy.data(), new_pointer.data(), 36), 0) << "the newer one, in any order";
}

TEST(Multiboot2, reads_entries_that_are_longer_than_it_knows) {
    BootInfo info;
    EXPECT_EQ(read_tags(Tags().add_map(small_map, 40).end(), info), nullptr);
    EXPECT_EQ(info.ram.usable().size(), 2u);
    EXPECT_STREQ(read_tags(Tags().add_map(small_map, 16).end(), info),
                 "the loader's memory map is of an unknown form");
}

// Some firmware has hundreds; what is reserved may come last.
TEST(Multiboot2, reads_a_long_map_to_its_end) {
    std::vector<memory::MapEntry> map;
    for (std::uint64_t i = 0; i < 300; ++i) map.push_back({0x100000 + i * 0x10000, 0x10000, 1});
    map.push_back({0x200000, 0x1000, 2});
    auto const information = Tags().add_map(map).end();
    BootInfo info;
    EXPECT_EQ(read_tags(information, info), nullptr);
    ASSERT_EQ(info.ram.usable().size(), 2u);
    EXPECT_EQ(info.ram.usable()[0].end.raw(), 0x200u);
    EXPECT_EQ(info.ram.end().raw(), 0x100u + 300 * 0x10);
}

TEST(Multiboot2, says_what_is_wrong) {
    BootInfo info;
    EXPECT_STREQ(read_tags({}, info), "the loader's information is too short");
    EXPECT_STREQ(read_tags(Tags().end(), info), "the loader gave no memory map");
    EXPECT_STREQ(read_tags(Tags().add_map(small_map).so_far(), info),
                 "a tag of the loader's information is longer than it")
        << "there is no end";
    EXPECT_STREQ(read_tags(Tags().add(3, "abc").end(), info), "a module of the loader's is not described");
}

TEST(Multiboot2, a_command_line_that_is_too_long_is_cut) {
    BootInfo info;
    std::string const text = "first " + std::string(5000, 'w');
    EXPECT_EQ(read_tags(Tags().add(1, text).add_map(small_map).end(), info), nullptr);
    EXPECT_EQ(info.words(), "first");
    EXPECT_TRUE(info.command_line_cut);
}

// The sanitizers watch.
TEST(Multiboot2, survives_every_cut_and_many_damages) {
    auto const whole = Tags()
                           .add(1, std::string("words\0", 6))
                           .add(15, std::string(36, 'p'))
                           .add_map(small_map)
                           .add(3, Tags::word(0x200000, 4) + Tags::word(0x300000, 4))
                           .end();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        std::vector<std::byte> const cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        BootInfo info;
        EXPECT_NE(read_tags(cut, info), nullptr) << size;
    }
    std::mt19937 random(7);
    for (unsigned round = 0; round < 20'000; ++round) {
        auto damaged = whole;
        for (unsigned n = 1 + random() % 4; n > 0; --n)
            damaged[random() % damaged.size()] = static_cast<std::byte>(random());
        BootInfo info;
        (void)read_tags(damaged, info);
    }
}

}  // namespace
}  // namespace kernel::multiboot2
