// SPDX-License-Identifier: MIT
//
// What the explorer may disturb on a machine with several processors.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "simulator/explore/world_laboratory.hpp"

namespace sim::explore {
namespace {

Scenario scenario() {
    Scenario result;
    result.name = "smp";
    result.topology_text = R"({"machines": [{"name": "a", "kernel": ")" SMP_GUEST
                           R"(", "cpus": 2, "append": "short", "memory": "16M"}]})";
    result.topology = links::parse_topology("smp.json", result.topology_text);
    result.configs = recording::configs_of(*result.topology, "smp.json");
    result.warm = "100us";
    result.interrupts = 1;
    return result;
}

TEST(SmpExplore, every_processors_interrupts_can_be_disturbed) {
    WorldLaboratory laboratory(scenario());
    laboratory.warm_up();
    auto const peace = laboratory.run({});
    // So short that its unlocked counter loses nothing, which it calls wrong.
    EXPECT_EQ(peace.ending.verdict, Verdict::status) << peace.ending.text;
    std::array<unsigned, 2> taken{};
    Happening const* of_the_second = nullptr;
    for (Happening const& one : peace.events) {
        ASSERT_LT(one.processor, 2u);
        ++taken[one.processor];
        if (one.processor == 1 && !of_the_second) of_the_second = &one;
    }
    EXPECT_GT(taken[0], 0u);
    ASSERT_GT(taken[1], 0u);

    Disturbance const late{Disturbance::Kind::late, *of_the_second, 50'000, 0};
    auto const one = laboratory.run({late});
    auto const log = laboratory.log();
    ASSERT_FALSE(log.inputs.empty());
    EXPECT_EQ(log.inputs[0].device, "lapic1");
    // It is taken so much later: the futures part there.
    auto const apart =
        std::mismatch(peace.events.begin(), peace.events.end(), one.events.begin(), one.events.end());
    ASSERT_NE(apart.first, peace.events.end());
    EXPECT_EQ(*apart.first, *of_the_second);
    auto const again = laboratory.run({late});
    EXPECT_EQ(again.events, one.events);
}

}  // namespace
}  // namespace sim::explore
