// SPDX-License-Identifier: MIT
#include "kernel/memory/paging.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace memory {
namespace {

using arch::PageEntry;
using base::PhysAddr;
using base::VirtAddr;

// 64 frames for tables, dirty when handed out, and a TLB that keeps everything
// it ever saw until it is told otherwise.
class FakeTables final : public TableFrames {
public:
    static constexpr std::uint64_t first_frame = 0x100;
    explicit FakeTables(std::size_t frames = 64) : memory_(frames * 512) {
        for (std::size_t i = frames; i > 0; --i) free_.push_back(PhysAddr((first_frame + i - 1) << 12));
    }
    base::Result<PhysAddr, MemoryError> allocate() override {
        if (free_.empty()) return base::fail(MemoryError::out_of_memory);
        PhysAddr const frame = free_.back();
        free_.pop_back();
        std::fill_n(entries(frame), 512, PageEntry{{0xa5a5'a5a5'a5a5'a5a5}});
        return frame;
    }
    void free(PhysAddr table) override {
        ASSERT(std::find(free_.begin(), free_.end(), table) == free_.end());
        free_.push_back(table);
    }
    PageEntry* entries(PhysAddr table) override {
        std::uint64_t const index = (table.raw() >> 12) - first_frame;
        ASSERT(index * 512 < memory_.size() && table.page_offset() == 0);
        return memory_.data() + index * 512;
    }
    void invalidate(VirtAddr page) override { tlb_.erase(page.raw() >> 12); }
    std::size_t free_count() const { return free_.size(); }

    struct Translation {
        std::uint64_t physical = 0;
        bool writable = false, executable = false, cached = true;
        friend bool operator==(Translation const&, Translation const&) = default;
    };
    // The processor's walk, written once more from the manual and ANDing the
    // rights of all levels. [sdm-3a §4.5, §4.6.1]
    std::optional<Translation> walk(PhysAddr root, std::uint64_t address) {
        std::uint64_t table = root.raw();
        Translation t;
        t.writable = t.executable = true;
        for (int shift = 39; shift >= 12; shift -= 9) {
            std::uint64_t const entry = entries(PhysAddr(table))[address >> shift & 511].raw;
            if ((entry & 1) == 0) return std::nullopt;
            t.writable = t.writable && (entry >> 1 & 1);
            t.executable = t.executable && !(entry >> 63);
            std::uint64_t const target = entry & 0x000f'ffff'ffff'f000;
            if (shift == 12 || (entry >> 7 & 1)) {
                std::uint64_t const inside = (std::uint64_t{1} << shift) - 1;
                t.physical = (target & ~inside) | (address & inside);
                t.cached = (entry >> 4 & 1) == 0;
                return t;
            }
            table = target;
        }
        return std::nullopt;
    }
    // What the processor would use: the TLB first.
    std::optional<Translation> translate(PhysAddr root, std::uint64_t address) {
        auto const page = address >> 12;
        if (auto const cached = tlb_.find(page); cached != tlb_.end()) {
            Translation t = cached->second;
            t.physical |= address & 0xfff;
            return t;
        }
        auto const found = walk(root, address);
        if (found) {
            Translation t = *found;
            t.physical &= ~0xfffULL;
            tlb_[page] = t;
        }
        return found;
    }

private:
    std::vector<PageEntry> memory_;
    std::vector<PhysAddr> free_;
    std::map<std::uint64_t, Translation> tlb_;
};

class PagingTest : public testing::Test {
protected:
    FakeTables frames;
    PageTables tables = PageTables::create(frames).value();
    std::size_t const free_at_start = frames.free_count();

    auto at(std::uint64_t address) { return frames.translate(tables.root(), address); }
};

constexpr VirtAddr page{0xffff'8000'1234'5000};
constexpr PhysAddr target{0xabc000};

TEST_F(PagingTest, a_new_address_space_maps_nothing) {
    EXPECT_FALSE(at(0));
    EXPECT_FALSE(at(page.raw()));
    EXPECT_FALSE(tables.walk(page).mapped);
}

TEST_F(PagingTest, maps_one_page_with_its_rights) {
    ASSERT_TRUE(tables.map(page, target, Rights::read_write).ok());
    auto const t = at(page.raw() + 0x123);
    ASSERT_TRUE(t);
    EXPECT_EQ(t->physical, target.raw() + 0x123);
    EXPECT_TRUE(t->writable);
    EXPECT_FALSE(t->executable);
    EXPECT_FALSE(at(page.raw() + 4096));
    EXPECT_FALSE(at(page.raw() - 1));
}

TEST_F(PagingTest, no_rights_are_both_writable_and_executable) {
    std::uint64_t address = page.raw();
    for (Rights const rights : {Rights::read, Rights::read_write, Rights::read_execute}) {
        ASSERT_TRUE(tables.map(VirtAddr(address), target, rights).ok());
        EXPECT_FALSE(at(address)->writable && at(address)->executable);
        EXPECT_EQ(at(address)->writable, rights == Rights::read_write);
        EXPECT_EQ(at(address)->executable, rights == Rights::read_execute);
        address += 4096;
    }
}

TEST_F(PagingTest, refuses_what_makes_no_sense) {
    EXPECT_EQ(tables.map(page + 1, target, Rights::read).error(), MemoryError::misaligned);
    EXPECT_EQ(tables.map(page, target + 8, Rights::read).error(), MemoryError::misaligned);
    EXPECT_EQ(tables.map(page, target, Rights::read, PageSize::large).error(), MemoryError::misaligned);
    EXPECT_EQ(tables.map(VirtAddr(0x0000'8000'0000'0000), target, Rights::read).error(),
              MemoryError::not_canonical);
    EXPECT_EQ(tables.unmap(page).error(), MemoryError::not_mapped);
    EXPECT_EQ(tables.protect(page, Rights::read).error(), MemoryError::not_mapped);
    ASSERT_TRUE(tables.map(page, target, Rights::read).ok());
    EXPECT_EQ(tables.map(page, PhysAddr(0x1000), Rights::read).error(), MemoryError::already_mapped);
    EXPECT_EQ(at(page.raw())->physical, target.raw()) << "the first mapping stands";
    EXPECT_EQ(tables.map(page.align_down(2 << 20), PhysAddr(0), Rights::read, PageSize::large).error(),
              MemoryError::already_mapped)
        << "a table is there";
}

// Bits 52 to 58 of an entry are ignored: the page would be another one. Those from the
// processor's own width up to 51 are reserved. [sdm-3a §4.5, table 4-20]
TEST_F(PagingTest, refuses_physical_addresses_that_the_processor_has_not) {
    for (std::uint64_t const beyond :
         {std::uint64_t{1} << 52, std::uint64_t{1} << 58 | 0xabc000, ~std::uint64_t{0xfff}})
        EXPECT_EQ(tables.map(page, PhysAddr(beyond), Rights::read).error(), MemoryError::no_such_memory);
    PhysAddr const last((std::uint64_t{1} << 52) - base::page_size);
    ASSERT_TRUE(tables.map(page, last, Rights::read).ok());
    EXPECT_EQ(at(page.raw())->physical, last.raw());
    tables.set_physical_bits(40);
    EXPECT_EQ(tables.map(page + 4096, last, Rights::read).error(), MemoryError::no_such_memory);
    EXPECT_EQ(tables.map(page + 4096, PhysAddr(std::uint64_t{1} << 40), Rights::read).error(),
              MemoryError::no_such_memory);
    EXPECT_TRUE(tables.map(page + 4096, PhysAddr((std::uint64_t{1} << 40) - 4096), Rights::read).ok());
}

TEST_F(PagingTest, after_unmap_the_next_access_faults_although_it_was_cached) {
    ASSERT_TRUE(tables.map(page, target, Rights::read_write).ok());
    ASSERT_TRUE(at(page.raw()));  // now in the TLB
    ASSERT_TRUE(tables.unmap(page).ok());
    EXPECT_FALSE(at(page.raw()));
}

TEST_F(PagingTest, after_protect_the_old_rights_are_gone_although_they_were_cached) {
    ASSERT_TRUE(tables.map(page, target, Rights::read_write).ok());
    ASSERT_TRUE(at(page.raw())->writable);
    ASSERT_TRUE(tables.protect(page, Rights::read).ok());
    EXPECT_FALSE(at(page.raw())->writable);
    ASSERT_TRUE(tables.protect(page, Rights::read_execute).ok());
    EXPECT_TRUE(at(page.raw())->executable);
    EXPECT_EQ(at(page.raw())->physical, target.raw());
}

TEST_F(PagingTest, unmap_frees_the_tables_that_become_empty) {
    ASSERT_TRUE(tables.map(page, target, Rights::read).ok());
    ASSERT_TRUE(tables.map(page + 4096, target, Rights::read).ok());
    EXPECT_EQ(frames.free_count(), free_at_start - 3);
    ASSERT_TRUE(tables.unmap(page).ok());
    EXPECT_EQ(frames.free_count(), free_at_start - 3) << "the neighbour still needs them";
    ASSERT_TRUE(tables.unmap(page + 4096).ok());
    EXPECT_EQ(frames.free_count(), free_at_start);
}

TEST_F(PagingTest, maps_a_large_page) {
    VirtAddr const large(0xffff'8000'4000'0000);
    ASSERT_TRUE(
        tables.map(large, PhysAddr(0x1200000), Rights::read_write, PageSize::large, Caching::uncached).ok());
    auto const t = at(large.raw() + 0x123456);
    ASSERT_TRUE(t);
    EXPECT_EQ(t->physical, 0x1200000u + 0x123456);
    EXPECT_FALSE(t->cached);
    EXPECT_EQ(tables.walk(large + 0x1000).level, 2u);
    EXPECT_EQ(tables.map(large + 0x1000, target, Rights::read).error(), MemoryError::already_mapped);
}

TEST_F(PagingTest, splitting_a_large_page_changes_only_the_page_asked_for) {
    VirtAddr const large(0xffff'8000'4000'0000);
    ASSERT_TRUE(
        tables.map(large, PhysAddr(0x1200000), Rights::read_write, PageSize::large, Caching::uncached).ok());
    for (std::uint64_t i = 0; i < 512; ++i) ASSERT_TRUE(at(large.raw() + i * 4096));  // all cached
    ASSERT_TRUE(tables.protect(large + 5 * 4096, Rights::read).ok());
    ASSERT_TRUE(tables.unmap(large + 7 * 4096).ok());
    for (std::uint64_t i = 0; i < 512; ++i) {
        auto const t = frames.walk(tables.root(), large.raw() + i * 4096);
        ASSERT_EQ(t.has_value(), i != 7) << i;
        if (!t) continue;
        EXPECT_EQ(t->physical, 0x1200000 + i * 4096);
        EXPECT_EQ(t->writable, i != 5) << i;
        EXPECT_FALSE(t->executable);
        EXPECT_FALSE(t->cached) << "the split keeps the caching";
    }
    EXPECT_FALSE(at(large.raw() + 7 * 4096));
    EXPECT_FALSE(at(large.raw() + 5 * 4096)->writable);
}

TEST_F(PagingTest, a_map_that_runs_out_of_frames_leaves_no_trace) {
    std::vector<PhysAddr> hoard;
    while (frames.free_count() > 2) hoard.push_back(MUST(frames.allocate()));
    EXPECT_EQ(tables.map(page, target, Rights::read).error(), MemoryError::out_of_memory);
    EXPECT_EQ(frames.free_count(), 2u) << "the tables made on the way are freed";
    EXPECT_FALSE(at(page.raw()));
    frames.free(hoard.back());
    EXPECT_TRUE(tables.map(page, target, Rights::read).ok());
}

TEST_F(PagingTest, agrees_with_a_plain_map_over_random_steps) {
    std::map<std::uint64_t, std::pair<std::uint64_t, Rights>> oracle;
    std::mt19937_64 random(99);
    // Few tables, far apart, many pages in each.
    std::uint64_t const bases[] = {0x0000'0000'0020'0000, 0x0000'7fff'ffc0'0000, 0xffff'8000'0000'0000,
                                   0xffff'ffff'8000'0000, 0xffff'c000'1230'0000};
    for (int step = 0; step < 50'000; ++step) {
        std::uint64_t const address = bases[random() % 5] + (random() % 1024) * 4096;
        auto const rights = static_cast<Rights>(random() % 3);
        auto const known = oracle.find(address);
        switch (random() % 4) {
            case 0:
            case 1: {
                std::uint64_t const physical = (random() % 0x10'0000) * 4096;
                auto const mapped = tables.map(VirtAddr(address), PhysAddr(physical), rights);
                ASSERT_EQ(mapped.ok(), known == oracle.end());
                if (mapped) oracle[address] = {physical, rights};
                break;
            }
            case 2:
                ASSERT_EQ(tables.unmap(VirtAddr(address)).ok(), known != oracle.end());
                if (known != oracle.end()) oracle.erase(known);
                break;
            case 3:
                ASSERT_EQ(tables.protect(VirtAddr(address), rights).ok(), known != oracle.end());
                if (known != oracle.end()) known->second.second = rights;
                break;
        }
        auto const expected = oracle.find(address);
        auto const got = at(address + 0x18);
        Walk const walk = tables.walk(VirtAddr(address + 0x18));
        ASSERT_EQ(got.has_value(), expected != oracle.end()) << step;
        ASSERT_EQ(walk.mapped, got.has_value());
        if (!got) continue;
        ASSERT_EQ(got->physical, expected->second.first + 0x18);
        ASSERT_EQ(walk.physical.raw(), got->physical);
        ASSERT_EQ(got->writable, expected->second.second == Rights::read_write);
        ASSERT_EQ(got->executable, expected->second.second == Rights::read_execute);
    }
    for (auto const& [address, value] : oracle) ASSERT_TRUE(tables.unmap(VirtAddr(address)).ok());
    EXPECT_EQ(frames.free_count(), free_at_start) << "no table is lost";
}

constexpr std::uint64_t gib = std::uint64_t{1} << 30, mib2 = 2 << 20;

TEST_F(PagingTest, a_gibibyte_is_one_page_and_is_split_as_far_as_a_change_needs) {
    VirtAddr const start(0xffff'8000'4000'0000);
    MUST(tables.map(start, PhysAddr(7 * gib), Rights::read_write, PageSize::huge));
    EXPECT_EQ(tables.walk(start + 5).level, 3u);
    std::size_t const before = frames.free_count();
    VirtAddr const changed = start + 300 * mib2 + 0x7000;
    ASSERT_TRUE(tables.protect(changed, Rights::read).ok());
    EXPECT_EQ(frames.free_count(), before - 2) << "one table of 2 MiB pages, one of 4 KiB pages";
    for (std::uint64_t const offset :
         {std::uint64_t{0}, 299 * mib2, 300 * mib2 + 0x6000, 300 * mib2 + 0x8000, gib - 1}) {
        auto const t = at((start + offset).raw());
        ASSERT_TRUE(t);
        EXPECT_EQ(t->physical, 7 * gib + offset);
        EXPECT_TRUE(t->writable);
    }
    EXPECT_FALSE(at(changed.raw())->writable);
    EXPECT_EQ(at(changed.raw() + 9)->physical, 7 * gib + (changed - start) + 9);
    EXPECT_EQ(tables.map(start + mib2, PhysAddr(0), Rights::read, PageSize::large).error(),
              MemoryError::already_mapped);
    EXPECT_EQ(tables.map(start + gib + mib2, PhysAddr(0), Rights::read, PageSize::huge).error(),
              MemoryError::misaligned);
}

TEST_F(PagingTest, without_a_frame_to_split_nothing_changes) {
    VirtAddr const start(0xffff'8000'4000'0000);
    MUST(tables.map(start, PhysAddr(gib), Rights::read_write, PageSize::huge));
    for (int left : {0, 1}) {
        std::vector<PhysAddr> taken;
        while (frames.free_count() > static_cast<std::size_t>(left)) taken.push_back(MUST(frames.allocate()));
        EXPECT_EQ(tables.unmap(start + 0x5000).error(), MemoryError::out_of_memory);
        EXPECT_EQ(at(start.raw() + 0x5123)->physical, gib + 0x5123);
        for (PhysAddr const frame : taken) frames.free(frame);
    }
    EXPECT_TRUE(tables.unmap(start + 0x5000).ok());
    EXPECT_FALSE(at(start.raw() + 0x5123));
}

TEST_F(PagingTest, what_was_split_and_is_alike_again_merges_and_gives_its_table_back) {
    VirtAddr const start(0xffff'8000'4000'0000);
    MUST(tables.map(start, PhysAddr(gib), Rights::read_write, PageSize::huge));
    std::size_t const before = frames.free_count();
    MUST(tables.protect(start + 0x3000, Rights::read));
    EXPECT_FALSE(tables.merge(start)) << "one page has other rights";
    MUST(tables.protect(start + 0x3000, Rights::read_write));
    tables.walk(start + 0x4000).slot->raw |= 0x60;  // the processor has written through it
    EXPECT_TRUE(tables.merge(start + 0x1000)) << "512 small ones";
    EXPECT_TRUE(tables.merge(start + 0x1000)) << "512 large ones";
    EXPECT_FALSE(tables.merge(start + 0x1000)) << "there is nothing larger";
    EXPECT_EQ(frames.free_count(), before);
    EXPECT_EQ(tables.walk(start + 0x3000).level, 3u);
    EXPECT_EQ(at(start.raw() + 0x3456)->physical, gib + 0x3456);
}

TEST_F(PagingTest, memory_that_is_not_one_aligned_stretch_does_not_merge) {
    VirtAddr const start(0xffff'8000'4000'0000);
    for (unsigned i = 0; i < 512; ++i)  // 4 KiB off the multiple of 2 MiB that a large page needs
        MUST(tables.map(start + i * base::page_size, PhysAddr((i + 1) * base::page_size), Rights::read));
    EXPECT_FALSE(tables.merge(start));
    EXPECT_FALSE(tables.merge(VirtAddr(0xffff'8000'0000'0000))) << "not mapped";
}

class Sealed : public PagingTest {
protected:
    void SetUp() override {
        MUST(tables.map(text, PhysAddr(0x20'0000), Rights::read_execute));
        MUST(tables.map(data, PhysAddr(0x30'0000), Rights::read_write));
        MUST(tables.map(alias, PhysAddr(0x20'0000), Rights::read));
        tables.seal(PhysAddr(0x20'0000), PhysAddr(0x20'3000));
    }
    VirtAddr const text{0xffff'ffff'8020'0000}, data{0xffff'ffff'8030'0000}, alias{0xffff'8000'0020'0000};
};

TEST_F(Sealed, no_page_becomes_executable) {
    EXPECT_EQ(tables.protect(data, Rights::read_execute).error(), MemoryError::sealed);
    EXPECT_EQ(tables.map(data + 0x1000, PhysAddr(0x31'0000), Rights::read_execute).error(),
              MemoryError::sealed);
    EXPECT_EQ(
        tables.map(VirtAddr(0x20'0000), PhysAddr(0x40'0000), Rights::read_execute, PageSize::large).error(),
        MemoryError::sealed);
}

TEST_F(Sealed, the_text_can_neither_change_nor_go_nor_be_reached_another_way) {
    EXPECT_EQ(tables.protect(text, Rights::read_write).error(), MemoryError::sealed);
    EXPECT_EQ(tables.protect(alias, Rights::read_write).error(), MemoryError::sealed);
    EXPECT_EQ(tables.unmap(text).error(), MemoryError::sealed);
    EXPECT_EQ(tables.map(data + 0x1000, PhysAddr(0x20'2000), Rights::read_write).error(),
              MemoryError::sealed);
    EXPECT_EQ(
        tables.map(VirtAddr(0x20'0000), PhysAddr(0x20'0000), Rights::read_write, PageSize::large).error(),
        MemoryError::sealed)
        << "a large page that only touches it";
    PhysAddr const alike(std::uint64_t{1} << 52 | 0x20'1000);
    EXPECT_FALSE(tables.map(data + 0x1000, alike, Rights::read_write).ok()) << "by a bit that is ignored";
    EXPECT_TRUE(at(text.raw())->executable);
    EXPECT_FALSE(at(alias.raw())->writable);
}

TEST_F(Sealed, everything_else_goes_on) {
    EXPECT_TRUE(tables.protect(data, Rights::read).ok());
    EXPECT_TRUE(tables.unmap(data).ok());
    EXPECT_TRUE(tables.map(data, PhysAddr(0x20'3000), Rights::read_write).ok());
}

}  // namespace
}  // namespace memory
