// SPDX-License-Identifier: MIT
//
// An explorer that may keep nothing in mind finds what one finds that may keep all.
#include <gtest/gtest.h>

#include "simulator/explore/explorer.hpp"

namespace scenario {
namespace {

using namespace sim::explore;

TEST(ExploreMemory, what_was_forgotten_is_found_out_again) {
    Scenario what = scenario_of("races:7");
    what.random_runs = 0;
    Result const all = Explorer(what, 2).run(), nothing = Explorer(what, 2, 0).run();
    ASSERT_TRUE(all.failure);
    ASSERT_TRUE(nothing.failure);
    EXPECT_EQ(all.failure->preemptions, nothing.failure->preemptions);
    EXPECT_EQ(all.failure->inputs, nothing.failure->inputs);
    EXPECT_EQ(all.by_preemptions, nothing.by_preemptions);
    EXPECT_EQ(all.equal, nothing.equal);
    EXPECT_GT(all.by_preemptions.back(), 1u) << "needs two: the test proves nothing with one";
}

}  // namespace
}  // namespace scenario
