// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace viz::model {
namespace {

struct Display {
    float width, height, scale;
};
constexpr Display displays[] = {{1600, 900, 1},    {1280, 720, 1},  {1600, 900, 1.6f},
                                {1280, 720, 1.6f}, {3840, 2160, 2}, {800, 500, 1}};

TEST(Layout, of_all_shows_every_view_at_once) {
    Layout const all = layout_of_all();
    EXPECT_EQ(all.leaves().size(), view_count);
    for (ViewInfo const& view : all_views()) EXPECT_TRUE(all.visible(view.id)) << view.name;
    for (PlacedPane const& pane : place_panes(all, {0, 0, 2400, 1200}, 6, 40).panes) {
        EXPECT_GT(pane.rect.width, 200);
        EXPECT_GT(pane.rect.height, 100);
    }
}

TEST(Shell, tiles_the_whole_frame_at_every_size) {
    for (auto [w, h, scale] : displays) {
        Rect frame{0, 0, w, h};
        ShellRects r = place_shell(frame, scale);
        Rect const all[] = {r.transport, r.activities, r.body, r.timeline, r.status};
        float area = 0;
        for (Rect const& a : all) {
            EXPECT_FALSE(a.empty());
            EXPECT_TRUE(frame.contains(a)) << w << "x" << h;
            area += a.width * a.height;
            for (Rect const& b : all) EXPECT_EQ(a.overlaps(b), &a == &b);
        }
        EXPECT_NEAR(area, w * h, 1);
        EXPECT_GT(r.body.height, h * 0.4f) << "the panes have the room";
    }
}

TEST(Shell, goes_compact_where_there_is_little_room) {
    EXPECT_FALSE(place_shell({0, 0, 1280, 720}, 1).compact);
    EXPECT_TRUE(place_shell({0, 0, 1280, 720}, 1.6f).compact);
}

TEST(Perspectives, have_two_to_four_panes_and_show_no_view_twice) {
    for (auto const& p : all_perspectives()) {
        Layout layout = layout_of(p.id);
        unsigned panes = 0;
        std::vector<ViewId> seen;
        for (PaneNode const& node : layout.nodes) {
            if (node.kind != PaneNode::Kind::leaf) continue;
            ++panes;
            EXPECT_FALSE(node.tabs.empty());
            for (ViewId tab : node.tabs) {
                EXPECT_EQ(std::count(seen.begin(), seen.end(), tab), 0) << p.name << " " << info(tab).name;
                seen.push_back(tab);
            }
        }
        EXPECT_GE(panes, 2u) << p.name;
        EXPECT_LE(panes, 4u) << p.name;
    }
}

TEST(Perspectives, compacted_keep_every_view_in_at_most_two_panes) {
    for (auto const& p : all_perspectives()) {
        Layout full = layout_of(p.id), small = compacted(full);
        EXPECT_LE(place_panes(small, {0, 0, 800, 300}, 6, 100).panes.size(), 2u);
        for (ViewInfo const& v : all_views())
            EXPECT_EQ(full.leaf_with(v.id) >= 0, small.leaf_with(v.id) >= 0) << v.name;
    }
}

TEST(Panes, tile_the_body_with_their_splitters) {
    for (auto [w, h, scale] : displays)
        for (auto const& p : all_perspectives()) {
            Rect body = place_shell({0, 0, w, h}, scale).body;
            Placement placed = place_panes(layout_of(p.id), body, 6 * scale, 120 * scale);
            float area = 0;
            for (auto const& pane : placed.panes) {
                EXPECT_FALSE(pane.rect.empty());
                EXPECT_TRUE(body.contains(pane.rect));
                area += pane.rect.width * pane.rect.height;
                for (auto const& other : placed.panes)
                    EXPECT_EQ(pane.rect.overlaps(other.rect), &pane == &other);
            }
            for (auto const& s : placed.splitters) area += s.rect.width * s.rect.height;
            EXPECT_NEAR(area, body.width * body.height, 2);
        }
}

TEST(Splitter, follows_the_pointer_and_leaves_both_sides_room) {
    Layout layout = layout_of(Perspective::overview);
    Rect body{0, 0, 1000, 600};
    auto splitter = place_panes(layout, body, 10, 100).splitters[0];
    ASSERT_TRUE(splitter.upright);
    layout.nodes[0].ratio = dragged_ratio(splitter, {305, 50}, 100);
    auto moved = place_panes(layout, body, 10, 100).splitters[0];
    EXPECT_NEAR(moved.rect.x + moved.rect.width / 2, 305, 1);
    layout.nodes[0].ratio = dragged_ratio(splitter, {-500, 50}, 100);
    EXPECT_NEAR(place_panes(layout, body, 10, 100).splitters[0].rect.x, 100, 1);
    layout.nodes[0].ratio = dragged_ratio(splitter, {5000, 50}, 100);
    EXPECT_NEAR(place_panes(layout, body, 10, 100).splitters[0].rect.right(), 900, 1);
}

TEST(Layout, brings_a_view_to_the_front) {
    Layout layout = layout_of(Perspective::overview);
    EXPECT_FALSE(layout.visible(ViewId::registers));
    EXPECT_TRUE(layout.show(ViewId::registers));
    EXPECT_TRUE(layout.visible(ViewId::registers));
    EXPECT_FALSE(layout.visible(ViewId::machine)) << "they share a pane";
}

}  // namespace
}  // namespace viz::model
