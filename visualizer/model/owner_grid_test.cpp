// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/owner_grid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

namespace viz::model {
namespace {

sim::debug::FrameMap map_of(std::size_t frames) {
    sim::debug::FrameMap map;
    map.owners = {"unknown", "free", "heap", "stacks"};
    map.owner.assign(frames, 1);
    return map;
}

TEST(OwnerGrid, fits_its_area_and_shows_every_frame) {
    for (std::size_t frames : {1u, 100u, 4096u, 16384u, 65536u, 262144u})
        for (auto [w, h] : {std::pair{700.0f, 300.0f}, {150.0f, 400.0f}, {60.0f, 40.0f}}) {
            auto map = map_of(frames);
            auto g = owner_grid(map, w, h, 2, 14);
            ASSERT_GT(g.columns, 0u);
            EXPECT_LE(static_cast<float>(g.columns) * g.cell, w);
            EXPECT_LE(static_cast<float>(g.rows) * g.cell, h);
            EXPECT_GE(g.owner.size() * g.frames_per_cell, frames);
        }
}

TEST(OwnerGrid, one_held_frame_is_never_lost_among_free_ones) {
    auto map = map_of(65536);
    map.owner[12345] = 2;
    auto g = owner_grid(map, 100, 60, 2, 14);
    ASSERT_GT(g.frames_per_cell, 1u);
    EXPECT_EQ(std::ranges::count(g.owner, 2), 1);
    EXPECT_EQ(g.owner[12345 / g.frames_per_cell], 2);
}

TEST(OwnerGrid, a_point_and_its_frame_agree) {
    auto map = map_of(1000);
    map.first = 256;
    auto g = owner_grid(map, 300, 300, 2, 14);
    for (std::uint64_t frame = 256; frame < 1256; frame += 7) {
        Rect cell = g.cell_of(frame);
        ASSERT_FALSE(cell.empty());
        EXPECT_EQ(g.frame_at({cell.x + 1, cell.y + 1}), frame / g.frames_per_cell * g.frames_per_cell);
    }
    EXPECT_EQ(g.frame_at({-1, 5}), UINT64_MAX);
    EXPECT_EQ(g.frame_at({299, 299}), UINT64_MAX);
    EXPECT_TRUE(g.cell_of(5000).empty());
}

TEST(OwnerGrid, a_box_is_around_all_frames_that_are_chosen) {
    auto const g = owner_grid(map_of(1024), 64, 64, 2, 14);
    ASSERT_EQ(std::tuple(g.columns, g.frames_per_cell, g.cell), std::tuple(32u, 1u, 2.0f));
    Rect const rows = g.box_of(64, 128), part = g.box_of(40, 8), last = g.box_of(1020, 100);
    EXPECT_EQ(std::tuple(rows.x, rows.y, rows.width, rows.height), std::tuple(0, 4, 64, 8));
    EXPECT_EQ(std::tuple(part.x, part.y, part.width, part.height), std::tuple(16, 2, 16, 2));
    EXPECT_EQ(std::tuple(last.x, last.y, last.width, last.height), std::tuple(56, 62, 8, 2));
    EXPECT_TRUE(g.box_of(1024, 1).empty());
}

TEST(OwnerGrid, shows_a_part_of_the_frames_as_large_as_there_is_room) {
    auto map = map_of(1000);
    map.first = 256;
    map.owner[44] = 2;  // frame 300
    auto const g = owner_grid(map, 296, 16, 400, 300, 2, 200);
    ASSERT_EQ(g.owner.size(), 16u);
    EXPECT_EQ(g.frames_per_cell, 1u);
    EXPECT_GT(g.cell, 50);
    EXPECT_EQ(g.owner[4], 2);
    EXPECT_EQ(g.frame_at({g.cell_of(300).x + 1, g.cell_of(300).y + 1}), 300u);
    EXPECT_TRUE(g.cell_of(295).empty());
    EXPECT_EQ(owner_grid(map, 1250, 16, 400, 300, 2, 200).owner.size(), 6u) << "where RAM ends";
    EXPECT_EQ(owner_grid(map, 5000, 16, 400, 300, 2, 200).columns, 0u);
}

TEST(OwnerGrid, no_room_is_no_grid) {
    auto map = map_of(100);
    EXPECT_EQ(owner_grid(map, 0, 10, 2, 14).columns, 0u);
    EXPECT_EQ(owner_grid({}, 100, 100, 2, 14).columns, 0u);
}

TEST(OwnerColour, tells_holders_apart_and_keeps_free_memory_quiet) {
    Theme const& t = dark_theme();
    auto map = map_of(4);
    EXPECT_NE(owner_colour(t, map, 2), owner_colour(t, map, 3));
    EXPECT_LT(contrast(owner_colour(t, map, 1), t.pane), 2);
    EXPECT_GE(contrast(owner_colour(t, map, 2), t.pane), 3);
}

}  // namespace
}  // namespace viz::model
