// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/seeds.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sim::explore {
namespace {

TEST(Seeds, of_neighbours_are_not_the_same_ones_shifted) {
    constexpr std::uint64_t runs = 2000, given = 8;
    std::set<std::uint64_t> all;
    for (std::uint64_t first = 0; first < given; ++first)
        for (std::uint64_t n = 0; n < runs; ++n) all.insert(seed_of_run(first, n));
    EXPECT_EQ(runs * given, all.size());
}

TEST(Seeds, begin_with_the_one_that_was_given) {
    EXPECT_EQ(1U, seed_of_run(1, 0));
    std::uint64_t const found = seed_of_run(1, 77);
    EXPECT_EQ(found, seed_of_run(found, 0)) << "the seed of a failure finds it again";
}

}  // namespace
}  // namespace sim::explore
