// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/memory.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sim::machine {
namespace {

std::vector<std::uint8_t> bytes(std::initializer_list<std::uint8_t> list) { return list; }

std::uint8_t byte_at(PhysicalMemory const& memory, PhysAddr address) {
    std::uint8_t byte = 0;
    EXPECT_TRUE(memory.read(address, {&byte, 1}));
    return byte;
}

TEST(PhysicalMemory, the_seed_decides_what_untouched_memory_holds) {
    PhysicalMemory const one(1 << 20, 1), same(1 << 20, 1), other(1 << 20, 2);
    std::vector<std::uint8_t> a(4096), b(4096), c(4096);
    one.read(0x5000, a);
    same.read(0x5000, b);
    other.read(0x5000, c);
    EXPECT_EQ(a, b);
    EXPECT_NE(a, c);
}

TEST(PhysicalMemory, an_access_must_lie_in_memory_with_every_byte) {
    PhysicalMemory memory(1 << 20, 1);
    std::vector<std::uint8_t> buffer(16);
    EXPECT_TRUE(memory.read((1 << 20) - 16, buffer));
    EXPECT_FALSE(memory.read((1 << 20) - 15, buffer));
    EXPECT_FALSE(memory.read(UINT64_MAX - 3, buffer));
    EXPECT_FALSE(memory.write(UINT64_MAX - 15, buffer));
    EXPECT_TRUE(memory.at(0x1000, UINT64_MAX).empty());
}

TEST(PhysicalMemory, what_does_not_fit_below_the_hole_continues_at_4_gib) {
    PhysicalMemory memory(hole_start + (1 << 20), 1);
    ASSERT_EQ(memory.regions().size(), 2u);
    EXPECT_EQ(memory.regions()[1].start, hole_end);
    EXPECT_TRUE(memory.write(hole_end + 5, bytes({0xAB})));
    EXPECT_EQ(byte_at(memory, hole_end + 5), 0xAB);
    EXPECT_FALSE(memory.write(hole_start, bytes({1})));
    std::size_t const index = memory.index_of(hole_end / page_bytes);
    EXPECT_EQ(index, hole_start / page_bytes);
    EXPECT_EQ(memory.number_of(index), hole_end / page_bytes);
    EXPECT_EQ(memory.index_of(hole_start / page_bytes), memory.pages());
}

TEST(PhysicalMemory, a_picture_shares_what_was_not_written) {
    PhysicalMemory memory(8 << 20, 1);
    RamImage const before = memory.capture();
    memory.write(0x3000, bytes({1, 2, 3}));
    RamImage const after = memory.capture();
    for (std::size_t i = 0; i < memory.pages(); ++i) EXPECT_EQ(before.page(i) == after.page(i), i != 3) << i;
    EXPECT_NE(before.hash(), after.hash());
    EXPECT_EQ(after.page(3)->bytes[1], 2);
    EXPECT_TRUE(before.shares_group(after, 512));
    EXPECT_FALSE(before.shares_group(after, 0));
}

TEST(PhysicalMemory, the_hash_depends_on_contents_and_places_only) {
    PhysicalMemory a(1 << 20, 1), b(1 << 20, 1);
    a.write(0x1000, bytes({1}));
    a.write(0x2000, bytes({2}));
    b.write(0x2000, bytes({9}));
    b.capture();
    b.write(0x2000, bytes({2}));
    b.write(0x1000, bytes({1}));
    EXPECT_EQ(a.capture().hash(), b.capture().hash());
    // The same two pages exchanged are another memory.
    PhysicalMemory c(1 << 20, 1);
    c.write(0x2000, bytes({1}));
    c.write(0x1000, bytes({2}));
    EXPECT_NE(a.capture().hash(), c.capture().hash());
}

TEST(PhysicalMemory, restoring_tells_exactly_the_pages_that_differed) {
    PhysicalMemory memory(8 << 20, 1);
    memory.write(0x1000, bytes({1}));
    RamImage const then = memory.capture();
    std::uint64_t const hash = then.hash();
    memory.write(0x1000, bytes({2}));
    memory.capture();
    memory.write(0x400000, bytes({3}));
    memory.write(0x5000, bytes({4}));
    memory.restore(then, [](PageNumber) {});
    std::vector<PageNumber> changed;
    memory.write(0x6000, bytes({5}));
    memory.restore(then, [&](PageNumber n) { changed.push_back(n); });
    EXPECT_EQ(changed, std::vector<PageNumber>{6});
    EXPECT_EQ(byte_at(memory, 0x1000), 1);
    EXPECT_EQ(memory.capture().hash(), hash);
}

TEST(PhysicalMemory, a_picture_can_be_made_of_another_and_some_pages) {
    PhysicalMemory memory(8 << 20, 1), other(8 << 20, 1);
    memory.write(0x1000, bytes({1}));
    memory.write(0x400000, bytes({2}));
    RamImage const wanted = memory.capture(), base = other.capture();
    RamImage::Place const places[] = {
        {1, wanted.page(1)}, {0x400, wanted.page(0x400)}, {2, base.page(2)}, {1, wanted.page(1)}};
    RamImage const made = base.with(places);
    EXPECT_EQ(made.hash(), wanted.hash());
    EXPECT_EQ(made.page(1), wanted.page(1));
    EXPECT_TRUE(made.shares_group(base, 0x600));
    EXPECT_FALSE(made.shares_group(base, 0));
    EXPECT_EQ(base.hash(), PhysicalMemory(8 << 20, 1).capture().hash());
    other.restore(made, [](PageNumber) {});
    EXPECT_EQ(byte_at(other, 0x400000), 2);
}

TEST(PhysicalMemory, one_page_can_be_had_without_the_others) {
    PhysicalMemory memory(1 << 20, 1);
    memory.write(0x1000, bytes({1}));
    PagePtr const old = memory.page(1);
    EXPECT_EQ(memory.page(1), old);
    memory.write(0x1000, bytes({2}));
    EXPECT_NE(memory.page(1), old);
    EXPECT_EQ(old->bytes[0], 1);
    EXPECT_EQ(memory.page(1)->bytes[0], 2);
    EXPECT_EQ(memory.page(1 << 20), nullptr);
    memory.write(0x1000, bytes({3}));
    EXPECT_EQ(memory.capture().page(1)->bytes[0], 3);
}

}  // namespace
}  // namespace sim::machine
