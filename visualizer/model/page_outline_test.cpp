// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/page_outline.hpp"

#include <gtest/gtest.h>

#include <map>

namespace viz::model {
namespace {

TEST(PageOutline, has_each_table_below_its_entry_and_pages_below_their_table) {
    constexpr std::uint64_t map = 3, large = 0x83;
    std::map<std::uint64_t, std::uint64_t> const memory = {
        {0x1000, 0x2000 | map},            // PML4 0
        {0x1000 + 511 * 8, 0x5000 | map},  // PML4 511
        {0x2000, 0x3000 | map},            // PDPT 0
        {0x3000, 0x4000 | map},            // PD 0: a page table
        {0x3008, 0x200000 | large},        // PD 1: 2 MiB
        {0x4000, 0x7000 | map},            {0x4008, 0x8000 | map},
        {0x5000 + 510 * 8, 0x40000000 | large},  // 1 GiB
    };
    auto const tree = sim::debug::page_tree(
        {.enabled = true, .long_mode = true, .no_execute = true, .root = 0x1000},
        [&](std::uint64_t at) -> std::optional<std::uint64_t> {
            auto const found = memory.find(at);
            return found == memory.end() ? 0 : found->second;
        });
    ASSERT_EQ(tree.entered.size(), 5u);
    EXPECT_EQ(tree.entered[0].present, 2u);
    EXPECT_EQ(tree.entered[4].index, 511u);
    EXPECT_EQ(tree.entered[4].virtual_start, 0xffff'ff80'0000'0000u) << "the upper half is sign-extended";
    EXPECT_EQ(page_outline(tree), (std::vector<OutlineRow>{{0, true, 0},
                                                            {1, true, 1},
                                                            {2, true, 2},
                                                            {3, true, 3},
                                                            {4, false, 0},
                                                            {3, false, 1},
                                                            {1, true, 4},
                                                            {2, false, 2}}));
}

TEST(PageOutline, of_no_tables_is_empty) { EXPECT_TRUE(page_outline({}).empty()); }

}  // namespace
}  // namespace viz::model
