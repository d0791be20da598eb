// SPDX-License-Identifier: MIT
//
// All ten races and their twins; and the explorer's choice of where to preempt
// against the plain truth: one preemption before every single instruction.
#include <gtest/gtest.h>

#include "simulator/explore/explorer.hpp"

namespace sim::explore {
namespace {

class All : public testing::TestWithParam<int> {};

TEST_P(All, is_found_and_its_twin_is_clean) {
    Scenario wrong = scenario_of("races:" + std::to_string(GetParam()));
    Result const found = Explorer(wrong, 2).run();
    ASSERT_TRUE(found.failure);
    EXPECT_LE(found.failure->preemptions.size(), 2u);
    EXPECT_TRUE(found.failure->pair);
    Scenario right = scenario_of("races:" + std::to_string(GetParam()) + ":fixed");
    Result const nothing = Explorer(right, 2).run();
    EXPECT_FALSE(nothing.failure) << nothing.failure->ending.text;
    EXPECT_FALSE(nothing.cut);
    EXPECT_EQ(nothing.random, right.random_runs);
}

// Whatever one preemption anywhere can cause, the candidates cause too.
TEST_P(All, nothing_is_missed_that_one_preemption_anywhere_finds) {
    Scenario const scenario = scenario_of("races:" + std::to_string(GetParam()));
    auto const subject = std::make_shared<Subject const>(scenario.config);
    Laboratory laboratory(scenario, subject);
    Start const warm = laboratory.warm_up();
    auto const observed = laboratory.observe(warm, {}, nullptr);
    std::set<std::pair<Verdict, std::uint32_t>> anywhere, chosen;
    for (std::uint64_t at = warm.moment().retired; at < observed.ending.at.retired; ++at) {
        machine::Moment const moment{at, 0};
        Ending const ending = laboratory.run(warm, {&moment, 1});
        anywhere.insert({ending.verdict, ending.status});
    }
    chosen.insert({observed.ending.verdict, observed.ending.status});
    for (machine::Moment const moment : candidates(observed.trace, warm.moment())) {
        Ending const ending = laboratory.run(warm, {&moment, 1});
        chosen.insert({ending.verdict, ending.status});
    }
    EXPECT_EQ(anywhere, chosen);
}

INSTANTIATE_TEST_SUITE_P(Races, All, testing::Range(1, 11));

}  // namespace
}  // namespace sim::explore
