// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/frame_heat.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace viz::model {
namespace {

using sim::debug::PageHeat;

sim::debug::FrameMap map_of(std::size_t frames) {
    sim::debug::FrameMap map;
    map.owners = {"unknown", "free"};
    map.owner.assign(frames, 1);
    return map;
}

// Three stretches of a millisecond; frame 10 changed in the first, 20 in the second,
// 30 in the last.
PageHeat pages() {
    PageHeat heat;
    for (std::uint64_t i = 0; i < 3; ++i)
        heat.stretches.push_back({{i * 1000, 0}, {(i + 1) * 1000, 0}, i * 1'000'000, (i + 1) * 1'000'000});
    heat.newest.assign(4096, PageHeat::never);
    heat.newest[10] = 0, heat.newest[20] = 1, heat.newest[30] = 2;
    return heat;
}

TEST(FrameHeat, the_newest_is_hottest_and_what_never_changed_is_cold) {
    auto const grid = owner_grid(map_of(4096), 900, 900, 2, 14);
    ASSERT_EQ(grid.frames_per_cell, 1u);
    auto const heat = frame_heat(pages(), grid, {}, 3'000'000);
    EXPECT_EQ(heat.changed, 3u);
    EXPECT_EQ(heat.cells[30], 255);
    EXPECT_GT(heat.cells[30], heat.cells[20]);
    EXPECT_GT(heat.cells[20], heat.cells[10]);
    EXPECT_GT(heat.cells[10], 0);
    EXPECT_EQ(heat.cells[11], 0);
}

TEST(FrameHeat, one_changed_frame_is_never_lost_in_its_cell) {
    auto const grid = owner_grid(map_of(4096), 40, 40, 2, 14);
    ASSERT_GT(grid.frames_per_cell, 1u);
    auto const heat = frame_heat(pages(), grid, {}, 3'000'000);
    EXPECT_EQ(heat.cells[30 / grid.frames_per_cell], 255);
    EXPECT_EQ(heat.changed, 3u);
}

TEST(FrameHeat, counts_between_the_markers_or_since_the_only_one) {
    ViewState state;
    EXPECT_EQ(heat_window(state).since_ns, 0u);
    state.mark_b_ns = 1'500'000;
    EXPECT_EQ(heat_window(state).since_ns, 1'500'000u);
    EXPECT_FALSE(heat_window(state).until_ns);
    state.mark_a_ns = 2'500'000;
    EXPECT_EQ(heat_window(state).since_ns, 1'500'000u) << "whichever comes first";
    EXPECT_EQ(heat_window(state).until_ns, 2'500'000u);
    auto const grid = owner_grid(map_of(4096), 900, 900, 2, 14);
    auto const heat = frame_heat(pages(), grid, {1'500'000, {}}, 3'000'000);
    EXPECT_EQ(heat.changed, 2u) << "a stretch that holds the marker counts";
    EXPECT_EQ(heat.cells[10], 0);
    EXPECT_EQ(heat_text(pages(), 20, 3'000'000), "changed between 1.000 ms and 2.000 ms, 1.00 ms ago");
    EXPECT_EQ(heat_text(pages(), 21, 3'000'000), "not changed since the beginning");
}

// By luminance: it is seen with every kind of colour vision, and on paper.
TEST(HeatColour, stands_out_the_more_the_hotter_it_is_in_every_theme) {
    for (Theme const* theme : all_themes()) {
        double last = 0;
        for (unsigned heat = 1; heat < 256; heat += 6) {
            double const c = contrast(heat_colour(*theme, static_cast<std::uint8_t>(heat)), theme->pane);
            EXPECT_GT(c, last) << theme->name << " " << heat;
            last = c;
        }
        EXPECT_GE(contrast(heat_colour(*theme, 255), theme->pane), 7) << theme->name;
        EXPECT_GE(contrast(heat_colour(*theme, 1), theme->pane), 1.5) << theme->name;
        EXPECT_GE(contrast(heat_colour(*theme, 1), heat_colour(*theme, 0)), 1.15) << theme->name;
        EXPECT_LT(contrast(heat_colour(*theme, 0), theme->pane), 2) << theme->name;
    }
}

}  // namespace
}  // namespace viz::model
