// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/cost_table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

namespace sim::bench {
namespace {

Cost cost(std::string id, std::uint64_t usual) {
    return {id, "what " + id + " costs", "instructions", usual, usual, usual + 7, 100};
}

TEST(CostTable, a_page_reads_as_it_was_written) {
    CostTable table;
    table.development = {cost("a", 10), cost("b_c", 2000)};
    table.release = {cost("a", 9)};
    CostTable const again = from_markdown(to_markdown(table));
    ASSERT_EQ(again.development.size(), 2u);
    EXPECT_EQ(again.development[1].id, "b_c");
    EXPECT_EQ(again.development[1].what, "what b_c costs");
    EXPECT_EQ(again.development[1].usual, 2000u);
    EXPECT_EQ(again.development[1].most, 2007u);
    EXPECT_EQ(again.development[1].unit, "instructions");
    ASSERT_EQ(again.release.size(), 1u);
    EXPECT_EQ(again.release[0].usual, 9u);
    EXPECT_EQ(to_markdown(again), to_markdown(table));
}

TEST(CostTable, a_damaged_row_is_refused_and_other_text_is_not) {
    EXPECT_TRUE(from_markdown("").development.empty());
    EXPECT_TRUE(from_markdown("| `a` | before | any | title |\n").development.empty());
    for (char const* row : {"| `a` | what | 1 | |\n", "| `a` | what | many | 2 | x |\n", "| `a`\n",
                            "| `` | what | 1 | 2 | x |\n", "| `a` | what | -1 | 2 | x |\n"})
        EXPECT_THROW(from_markdown(std::string("## Release build\n") + row), std::runtime_error) << row;
}

TEST(CostTable, small_changes_pass_and_large_ones_are_named) {
    auto const differ = [](std::uint64_t kept, std::uint64_t measured) {
        return !changes({cost("a", kept)}, {cost("a", measured)}).empty();
    };
    EXPECT_FALSE(differ(100, 100));
    EXPECT_FALSE(differ(40, 56)) << "16 instructions";
    EXPECT_TRUE(differ(40, 57));
    EXPECT_FALSE(differ(1000, 1100)) << "a tenth";
    EXPECT_TRUE(differ(1000, 1101));
    EXPECT_TRUE(differ(1000, 899)) << "better than the page says is wrong, too";
}

TEST(CostTable, what_stands_in_one_table_only_is_told) {
    auto const list = changes({cost("a", 1), cost("old", 2)}, {cost("a", 1), cost("new", 3)});
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(describe(list[0]), "what new costs: 3 instructions, not on the page");
    EXPECT_EQ(describe(list[1]), "what old costs: on the page, and no longer measured");
    EXPECT_EQ(describe({"a", "it", "bytes", 5, 50}), "it: 50 bytes, the page says 5");
}

TEST(CostTable, the_page_of_the_tree_is_right) {
    char const* root = std::getenv("VIV_ROOT");
    CostTable const table = read_costs(std::string(root ? root : ".") + "/docs/reference/costs.md");
    EXPECT_GE(table.development.size(), 20u);
    EXPECT_EQ(table.development.size(), table.release.size()) << "measured in both builds";
}

}  // namespace
}  // namespace sim::bench
