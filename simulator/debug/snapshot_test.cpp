// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/snapshot.hpp"

#include <gtest/gtest.h>

namespace sim::debug {
namespace {

TEST(FrameMap, names_the_owner_of_each_frame_and_nobody_beside_them) {
    FrameMap map;
    map.owners = {"unknown", "heap"};
    map.owner = {0, 1, 9};  // the last one is of no owner that has a name
    map.first = 16;
    EXPECT_EQ(map.owner_of(16), "unknown");
    EXPECT_EQ(map.owner_of(17), "heap");
    for (std::uint64_t frame : {std::uint64_t{0}, std::uint64_t{15}, std::uint64_t{18}, std::uint64_t{19}, UINT64_MAX})
        EXPECT_EQ(map.owner_of(frame), "") << frame;
}

}  // namespace
}  // namespace sim::debug
