// SPDX-License-Identifier: MIT
#include "kernel/threads/policy.hpp"

#include <gtest/gtest.h>

namespace threads {
namespace {

TEST(RoundRobin, serves_everybody_in_turn) {
    RoundRobin policy;
    Thread a, b, c;
    EXPECT_TRUE(policy.empty());
    EXPECT_EQ(policy.take(), nullptr);
    policy.add(a);
    policy.add(b);
    policy.add(c);
    for (int round = 0; round < 3; ++round) {
        for (Thread* expected : {&a, &b, &c}) {
            Thread* const next = policy.take();
            EXPECT_EQ(next, expected);
            policy.add(*next);
        }
    }
    while (policy.take() != nullptr) {
    }
}

TEST(RoundRobin, gives_everybody_the_same_time_and_preempts_for_nobody) {
    RoundRobin policy;
    Thread a, b;
    EXPECT_EQ(policy.time_slice(a), policy.time_slice(b));
    policy.set_time_slice(base::Duration::milliseconds(1));
    EXPECT_EQ(policy.time_slice(a), base::Duration::milliseconds(1));
    EXPECT_GT(policy.time_slice(a), base::Duration());
    EXPECT_FALSE(policy.preempts(a, b));
}

}  // namespace
}  // namespace threads
