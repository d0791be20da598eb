// SPDX-License-Identifier: MIT
#include "kernel/memory/memory_map.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace memory {
namespace {

using base::FrameNumber;

std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges(MemoryMap const& map) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> result;
    for (FrameRange const& r : map.usable()) result.emplace_back(r.first.raw(), r.end.raw());
    return result;
}
using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

MemoryMap from(std::vector<MapEntry> const& entries) {
    auto const at = [](void const* list, std::size_t i) { return static_cast<MapEntry const*>(list)[i]; };
    return {entries.size(), at, entries.data()};
}

TEST(MemoryMap, sorts_what_the_loader_did_not) {
    EXPECT_EQ(ranges(from({{0x100000, 0x100000, 1}, {0, 0x80000, 1}})), (Ranges{{0, 0x80}, {0x100, 0x200}}));
}

TEST(MemoryMap, skips_entries_of_all_zeros) {
    EXPECT_EQ(ranges(from({{0, 0, 0}, {0x1000, 0x1000, 1}, {0, 0, 0}})), (Ranges{{1, 2}}));
    EXPECT_TRUE(from({}).usable().empty());
    EXPECT_EQ(from({}).end(), FrameNumber());
}

TEST(MemoryMap, ram_shrinks_to_whole_frames_and_reserved_grows) {
    EXPECT_EQ(ranges(from({{0x0, 0x9fc00, 1}})), (Ranges{{0, 0x9f}}));
    EXPECT_EQ(ranges(from({{0x1001, 0x2fff, 1}})), (Ranges{{2, 4}}));
    EXPECT_EQ(ranges(from({{0, 0x10000, 1}, {0x4fff, 2, 2}})), (Ranges{{0, 4}, {6, 16}}));
    EXPECT_EQ(ranges(from({{0x1800, 0x400, 1}})), (Ranges{}));
}

TEST(MemoryMap, joins_neighbours_and_overlaps) {
    EXPECT_EQ(ranges(from({{0x1000, 0x1000, 1}, {0x2000, 0x1000, 1}, {0x2000, 0x3000, 1}})),
              (Ranges{{1, 5}}));
}

TEST(MemoryMap, where_ram_and_anything_else_overlap_the_else_wins_in_any_order) {
    EXPECT_EQ(ranges(from({{0x2000, 0x1000, 3}, {0, 0x8000, 1}})), (Ranges{{0, 2}, {3, 8}}));
    EXPECT_EQ(ranges(from({{0, 0x8000, 1}, {0, 0x8000, 7}})), (Ranges{}));
}

TEST(MemoryMap, sizes_that_run_over_the_end_of_the_address_space_are_cut) {
    std::uint64_t const top = std::uint64_t{1} << 40;
    EXPECT_EQ(ranges(from({{0xffff'ffff'ffff'0000, 0x20000, 1}})), (Ranges{}));
    EXPECT_EQ(ranges(from({{0xffff'ffff'ffff'0000, 0x20000, 2}, {0x1000, 0x1000, 1}})), (Ranges{{1, 2}}));
    EXPECT_EQ(ranges(from({{0xf'ffff'f000'0000, UINT64_MAX, 1}})).at(0).second, top);
}

TEST(MemoryMap, removing_splits) {
    MemoryMap map = from({{0, 0x10000, 1}});
    map.remove({FrameNumber(4), FrameNumber(6)});
    map.remove({FrameNumber(0), FrameNumber(1)});
    map.remove({FrameNumber(100), FrameNumber(200)});
    EXPECT_EQ(ranges(map), (Ranges{{1, 4}, {6, 16}}));
    EXPECT_EQ(map.frames(), 13u);
}

TEST(MemoryMap, agrees_with_a_set_of_frames_over_random_maps) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::vector<MapEntry> entries;
        std::set<std::uint64_t> oracle;
        for (unsigned i = random() % 12; i > 0; --i)
            entries.push_back(
                {random() % 0x40000, random() % 0x8000, static_cast<std::uint32_t>(1 + random() % 3)});
        for (MapEntry const& e : entries)
            for (std::uint64_t f = (e.address + 4095) / 4096;
                 e.type == 1 && (f + 1) * 4096 <= e.address + e.size; ++f)
                oracle.insert(f);
        for (MapEntry const& e : entries)
            for (std::uint64_t f = e.address / 4096;
                 e.type != 1 && e.size > 0 && f * 4096 < e.address + e.size; ++f)
                oracle.erase(f);
        std::set<std::uint64_t> got;
        std::uint64_t last_end = 0;
        MemoryMap const map = from(entries);
        for (FrameRange const& r : map.usable()) {
            EXPECT_TRUE(r.first < r.end);
            EXPECT_TRUE(got.empty() || r.first.raw() > last_end) << "sorted, with a gap between";
            last_end = r.end.raw();
            for (FrameNumber f = r.first; f < r.end; f = f + 1) got.insert(f.raw());
        }
        ASSERT_EQ(got, oracle) << "round " << round;
    }
}

TEST(MemoryMap, with_too_many_pieces_it_loses_the_smallest_and_gains_none) {
    std::vector<MapEntry> entries;
    std::uint64_t at = 0;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        entries.push_back({at, i * 0x1000, 1});
        at += (i + 1) * 0x1000;
    }
    MemoryMap const map = from(entries);
    EXPECT_EQ(map.usable().size(), MemoryMap::max_ranges);
    for (FrameRange const& r : map.usable()) EXPECT_GT(r.count(), 100 - MemoryMap::max_ranges);
}

}  // namespace
}  // namespace memory
