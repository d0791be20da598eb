// SPDX-License-Identifier: MIT
//
// Each policy's order, a call at a time.
#include <gtest/gtest.h>

#include "kernel/threads/policies/eevdf.hpp"
#include "kernel/threads/policies/mlfq.hpp"
#include "kernel/threads/policies/priority.hpp"
#include "kernel/threads/round_robin.hpp"

namespace threads {
namespace {

using base::Duration;

Thread with_priority(std::uint8_t priority) {
    Thread thread;
    thread.priority = thread.own_priority = priority;
    return thread;
}

TEST(RoundRobin, serves_everybody_in_turn) {
    Thread a, b, c;
    RoundRobin policy;
    EXPECT_TRUE(policy.empty());
    EXPECT_EQ(policy.take(), nullptr);
    for (Thread* thread : {&a, &b, &c}) policy.add(*thread, Arrival::fresh);
    for (int round = 0; round < 3; ++round) {
        for (Thread* expected : {&a, &b, &c}) {
            Thread* const next = policy.take();
            EXPECT_EQ(next, expected);
            policy.add(*next, Arrival::yielded);
        }
    }
}

TEST(RoundRobin, gives_everybody_the_same_time_and_preempts_for_nobody) {
    RoundRobin policy;
    Thread a = with_priority(31), b = with_priority(0);
    EXPECT_EQ(policy.time_slice(a), policy.time_slice(b));
    policy.set_time_slice(Duration::milliseconds(1));
    EXPECT_EQ(policy.time_slice(a), Duration::milliseconds(1));
    EXPECT_FALSE(policy.preempts(a, b));
}

TEST(Priority, the_most_urgent_first_and_equals_in_turn) {
    Thread low = with_priority(3), high = with_priority(20), one = with_priority(9), two = with_priority(9);
    PriorityPolicy policy;
    for (Thread* thread : {&low, &one, &high, &two}) policy.add(*thread, Arrival::fresh);
    EXPECT_EQ(policy.take(), &high);
    EXPECT_EQ(policy.take(), &one);
    policy.add(one, Arrival::yielded);
    EXPECT_EQ(policy.take(), &two);
    EXPECT_EQ(policy.take(), &one);
    EXPECT_EQ(policy.take(), &low);
    EXPECT_TRUE(policy.preempts(high, low));
    EXPECT_FALSE(policy.preempts(one, two)) << "an equal waits for its turn";
}

TEST(Priority, who_was_preempted_keeps_its_place_before_its_equals) {
    Thread one = with_priority(9), two = with_priority(9);
    PriorityPolicy policy;
    policy.add(two, Arrival::fresh);
    policy.add(one, Arrival::preempted);
    EXPECT_EQ(policy.take(), &one);
}

TEST(Priority, a_change_moves_a_thread_that_is_in_the_queue) {
    Thread a = with_priority(9), b = with_priority(10);
    PriorityPolicy policy;
    policy.add(a, Arrival::fresh);
    policy.add(b, Arrival::fresh);
    a.priority = 11;
    policy.reposition(a);
    EXPECT_EQ(policy.take(), &a);
}

TEST(Mlfq, an_allotment_counts_in_many_small_turns_too) {
    Thread thread;
    MlfqPolicy policy;
    policy.add(thread, Arrival::fresh);
    for (int i = 0; i < 10; ++i) {  // ten times a tenth of the slice, asleep in between
        EXPECT_EQ(policy.level(thread), 0u) << i;
        EXPECT_EQ(policy.take(), &thread);
        policy.ran(thread, Policy::default_slice / 10);
        policy.leave(thread);
        policy.add(thread, Arrival::woken);
    }
    EXPECT_EQ(policy.level(thread), 1u);
    EXPECT_EQ(policy.time_slice(thread), Policy::default_slice * 2);
}

TEST(Mlfq, the_lowest_level_is_the_end_and_a_boost_leads_back_to_the_top) {
    Thread busy, quiet;
    MlfqPolicy policy;
    policy.add(busy, Arrival::fresh);
    policy.add(quiet, Arrival::fresh);
    EXPECT_EQ(policy.take(), &busy);
    for (int i = 0; i < 8; ++i) policy.ran(busy, Duration::milliseconds(100));
    EXPECT_EQ(policy.level(busy), MlfqPolicy::levels - 1);
    EXPECT_TRUE(policy.preempts(quiet, busy));
    policy.ran(busy, MlfqPolicy::boost_period);
    EXPECT_EQ(policy.level(busy), 0u);
    EXPECT_EQ(policy.time_slice(busy), Policy::default_slice);
}

TEST(Eevdf, the_weight_is_a_quarter_more_for_each_step_of_priority) {
    EXPECT_EQ(EevdfPolicy::weight(with_priority(normal_priority)), 1024);
    EXPECT_EQ(EevdfPolicy::weight(with_priority(normal_priority + 1)), 1280);
    EXPECT_EQ(EevdfPolicy::weight(with_priority(normal_priority - 1)), 819);
    EXPECT_GT(EevdfPolicy::weight(with_priority(0)), 0);
}

TEST(Eevdf, who_is_ahead_of_its_share_is_not_eligible) {
    Thread a, b;
    EevdfPolicy policy;
    policy.add(a, Arrival::fresh);
    policy.add(b, Arrival::fresh);
    EXPECT_EQ(policy.take(), &a);
    policy.ran(a, Duration::milliseconds(3));
    policy.add(a, Arrival::preempted);
    EXPECT_EQ(policy.take(), &b) << "a has the earlier deadline but has had 3 ms more";
    policy.ran(b, Duration::milliseconds(4));
    policy.add(b, Arrival::preempted);
    EXPECT_EQ(policy.take(), &a);
}

TEST(Eevdf, sleeping_neither_earns_nor_costs_anything) {
    Thread a, b;
    EevdfPolicy policy;
    policy.add(a, Arrival::fresh);
    policy.add(b, Arrival::fresh);
    EXPECT_EQ(policy.take(), &a);
    policy.ran(a, Duration::milliseconds(4));
    policy.leave(a);
    EXPECT_EQ(a.fair.lag, -2'000'000) << "4 ms of its own against an average of 2";
    EXPECT_EQ(policy.take(), &b);
    for (int i = 0; i < 100; ++i) policy.ran(b, Duration::milliseconds(10));
    policy.add(a, Arrival::woken);
    EXPECT_FALSE(policy.preempts(a, b)) << "a second of sleep is no credit";
    EXPECT_EQ(a.fair.virtual_time - b.fair.virtual_time, 2'000'000);
}

TEST(Eevdf, giving_way_lets_the_others_run) {
    Thread a, b;
    EevdfPolicy policy;
    policy.add(a, Arrival::fresh);
    policy.add(b, Arrival::fresh);
    Thread* const first = policy.take();
    policy.add(*first, Arrival::yielded);  // at once, having used nothing
    EXPECT_NE(policy.take(), first);
}

}  // namespace
}  // namespace threads
