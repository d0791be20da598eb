// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/access_trace.hpp"

#include <gtest/gtest.h>

namespace sim::explore {
namespace {

constexpr std::uint64_t anna = 0xA, bert = 0xB;

// A trace as a script: who, what, where.
struct Script {
    AccessTrace trace;
    std::uint64_t now = 100;
    Script& step(std::uint64_t thread, char what, Granule granule, bool open = true, bool alone = false) {
        Access access;
        access.at = access.before = {now++, 0};
        access.thread = thread;
        access.granule = granule;
        access.write = what == 'w';
        access.open = open;
        access.alone = alone;
        trace.accesses.push_back(access);
        return *this;
    }
};

TEST(AccessTrace, a_conflict_needs_two_threads_and_a_write) {
    Script s;
    s.step(anna, 'r', 1).step(bert, 'r', 1);  // only read
    s.step(anna, 'w', 2).step(anna, 'r', 2);  // only one thread
    s.step(anna, 'r', 3).step(bert, 'w', 3);
    EXPECT_EQ(conflicts(s.trace), (std::set<Granule>{3}));
}

TEST(AccessTrace, preemptions_are_tried_before_conflicting_accesses_where_somebody_else_is_ready) {
    Script s;
    s.step(anna, 'w', 3, true, true);  // alone
    s.step(anna, 'r', 9).step(anna, 'r', 3).step(bert, 'w', 3);
    EXPECT_EQ(candidates(s.trace, {0, 0}), (std::vector<machine::Moment>{{102, 0}, {103, 0}}));
    EXPECT_EQ(candidates(s.trace, {103, 0}), (std::vector<machine::Moment>{{103, 0}}));
}

TEST(AccessTrace, an_order_is_the_same_when_what_is_swapped_commutes) {
    Script one, commuted, other, reads, swapped_reads;
    one.step(anna, 'w', 1).step(bert, 'w', 2).step(bert, 'w', 1).step(anna, 'w', 2);
    commuted.step(bert, 'w', 2).step(anna, 'w', 1).step(bert, 'w', 1).step(anna, 'w', 2);
    other.step(anna, 'w', 1).step(anna, 'w', 2).step(bert, 'w', 2).step(bert, 'w', 1);
    EXPECT_EQ(order_hash(one.trace), order_hash(commuted.trace));
    EXPECT_NE(order_hash(one.trace), order_hash(other.trace));
    reads.step(0xC, 'w', 1).step(anna, 'r', 1).step(bert, 'r', 1);
    swapped_reads.step(0xC, 'w', 1).step(bert, 'r', 1).step(anna, 'r', 1);
    EXPECT_EQ(order_hash(reads.trace), order_hash(swapped_reads.trace));
}

TEST(AccessTrace, the_pair_is_what_the_other_did_to_the_place_the_preempted_one_comes_back_to) {
    Script s;
    s.step(anna, 'r', 1);                                        // 100, then preempted
    s.step(bert, 'r', 2).step(bert, 'w', 1).step(bert, 'r', 1);  // 101..103
    s.step(anna, 'w', 2).step(anna, 'w', 1);                     // 104, 105
    auto const pair = conflicting_pair(s.trace, {101, 0}, anna);
    ASSERT_TRUE(pair);
    EXPECT_EQ(pair->first, 1u);
    EXPECT_EQ(pair->second, 4u);
}

TEST(AccessTrace, a_pair_in_the_program_is_told_rather_than_one_inside_a_lock) {
    Script s;
    s.step(anna, 'r', 1).step(bert, 'w', 7, false).step(bert, 'w', 1);
    s.step(anna, 'r', 7, false).step(anna, 'w', 1);
    auto const pair = conflicting_pair(s.trace, {101, 0}, anna);
    ASSERT_TRUE(pair);
    EXPECT_EQ(s.trace.accesses[pair->second].granule, 1u);
    s.trace.accesses.pop_back();
    EXPECT_EQ(s.trace.accesses[conflicting_pair(s.trace, {101, 0}, anna)->second].granule, 7u);
}

TEST(AccessTrace, with_no_such_pair_the_last_conflict_is_told_and_none_without_any) {
    Script s;
    s.step(anna, 'w', 1).step(bert, 'r', 1).step(anna, 'w', 5).step(bert, 'w', 5);
    auto const pair = conflicting_pair(s.trace, {110, 0}, anna);
    ASSERT_TRUE(pair);
    EXPECT_EQ(pair->first, 2u);
    EXPECT_EQ(pair->second, 3u);
    EXPECT_FALSE(conflicting_pair(Script().step(anna, 'w', 1).trace, {0, 0}, anna));
    EXPECT_FALSE(conflicting_pair({}, {0, 0}, anna));
}

}  // namespace
}  // namespace sim::explore
