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

TEST(Heap, objects_of_no_class_are_large_ones) {
    KernelView kernel;
    kernel.heap = {{"", 16, 3, 8, {}}, {"", 1024, 2, 3, {}}};
    EXPECT_FALSE(large_objects(kernel)) << "nobody counts all of them";
    auto const total = [&](std::uint64_t objects, std::uint64_t bytes) {
        kernel.others = {{"heap_total", {true, ""}, {{{"objects", "", objects}, {"bytes", "", bytes}}}}};
        return large_objects(kernel);
    };
    auto const some = total(7, 3 * 16 + 2 * 1024 + 4096 + 8192);
    ASSERT_TRUE(some);
    EXPECT_EQ(some->count, 2u);
    EXPECT_EQ(some->bytes, 12288u);
    auto const none = total(5, 3 * 16 + 2 * 1024);
    ASSERT_TRUE(none);
    EXPECT_EQ(none->count, 0u);
    EXPECT_FALSE(total(4, 1 << 20)) << "in the middle of it";
}

}  // namespace
}  // namespace sim::debug
