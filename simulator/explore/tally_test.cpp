// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/tally.hpp"

#include <gtest/gtest.h>

namespace sim::explore {
namespace {

TEST(Tally, counts_down_what_is_planned) {
    Tally tally;
    tally.begin({});
    tally.stage("1 preemption");
    tally.count();  // before anything is known
    EXPECT_EQ(tally.progress().left, 0u);
    tally.plan(3);
    tally.count();
    EXPECT_EQ(tally.progress().runs, 2u);
    EXPECT_EQ(tally.progress().left, 2u);
    for (int i = 0; i < 5; ++i) tally.count();  // more than was thought
    EXPECT_EQ(tally.progress().left, 0u);
    EXPECT_EQ(tally.progress().stage, "1 preemption");
}

// A stage ends early when something is found.
TEST(Tally, what_was_left_of_one_stage_is_not_left_of_the_next) {
    Tally tally;
    tally.begin({});
    tally.stage("random");
    tally.plan(500);
    tally.count();
    EXPECT_EQ(tally.progress().left, 499u);
    tally.stage("shrinking");
    EXPECT_EQ(tally.progress().left, 0u);
    tally.begin({});
    EXPECT_EQ(tally.progress().runs, 0u);
    EXPECT_EQ(tally.progress().left, 0u);
}

}  // namespace
}  // namespace sim::explore
