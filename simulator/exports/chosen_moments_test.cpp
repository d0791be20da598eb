// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/chosen_moments.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sim::exports {
namespace {

using debug::EventIndex;
using debug::EventKind;
using machine::Moment;

EventIndex life(unsigned packets, unsigned switches) {
    EventIndex index;
    auto add = [&](std::uint64_t retired, EventKind kind, std::uint64_t a) {
        debug::Event e;
        e.at = {retired, 0};
        e.virtual_ns = retired;
        e.kind = kind;
        e.a = a;
        index.add(e);
    };
    for (unsigned i = 0; i < std::max(packets, switches); ++i) {
        if (i < packets) add(100 + i * 10, EventKind::packet_in, i);
        if (i < switches) add(105 + i * 10, EventKind::thread_switch, i);
    }
    return index;
}

bool has(ChosenMoments const& chosen, Moment m) {
    return std::ranges::find(chosen.moments, m) != chosen.moments.end();
}

TEST(ChosenMoments, few_events_are_all_there_with_beginning_end_and_bookmarks) {
    recording::Bookmark mark;
    mark.at = {777, 3};
    auto const chosen = choose_moments(life(5, 5).view(), std::span(&mark, 1), {10000, 0}, 100, 4);
    for (unsigned i = 0; i < 5; ++i) EXPECT_TRUE(has(chosen, {100 + i * 10, 0})) << i;
    EXPECT_TRUE(has(chosen, {0, 0}));
    EXPECT_TRUE(has(chosen, {10000, 0}));
    EXPECT_TRUE(has(chosen, {777, 3}));
    EXPECT_TRUE(has(chosen, {5000, 0}));  // spaced
    for (auto const& share : chosen.shares) EXPECT_EQ(share.all, share.here) << share.what;
    EXPECT_TRUE(std::ranges::is_sorted(chosen.moments));
}

TEST(ChosenMoments, many_switches_do_not_crowd_out_the_few_packets) {
    auto const chosen = choose_moments(life(20, 5000).view(), {}, {60000, 0}, 300, 8);
    EXPECT_LE(chosen.moments.size(), 300U);
    EXPECT_GT(chosen.moments.size(), 250U);
    for (auto const& share : chosen.shares) {
        if (share.what == "packets") {
            EXPECT_EQ(20U, share.here);
        }
        if (share.what == "thread switches") {
            EXPECT_EQ(5000U, share.all);
            EXPECT_GT(share.here, 200U);
        }
    }
    // Thinned evenly: the last switch is there.
    EXPECT_TRUE(has(chosen, {105 + 4999 * 10, 0}));
}

TEST(ChosenMoments, events_after_the_end_are_left_out) {
    auto const chosen = choose_moments(life(20, 0).view(), {}, {150, 0}, 300, 0);
    EXPECT_TRUE(std::ranges::all_of(chosen.moments, [](Moment m) { return m <= Moment{150, 0}; }));
}

TEST(ChosenMoments, with_no_room_the_ends_are_there_all_the_same) {
    auto const chosen = choose_moments(life(20, 20).view(), {}, {1000, 0}, 1, 0);
    EXPECT_EQ((std::vector<Moment>{{0, 0}, {1000, 0}}), chosen.moments);
}

}  // namespace
}  // namespace sim::exports
