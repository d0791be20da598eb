// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tcp_states.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "visualizer/model/connection_places.hpp"

namespace viz::model {
namespace {

TEST(TcpStates, are_known_by_any_spelling) {
    EXPECT_EQ(state_named("FinWait1"), TcpState::fin_wait_1);
    EXPECT_EQ(state_named("FIN-WAIT-1"), TcpState::fin_wait_1);
    EXPECT_EQ(state_named("syn_received"), TcpState::syn_received);
    EXPECT_EQ(state_named("Open"), std::nullopt);
    EXPECT_EQ(state_named(""), std::nullopt);
    for (unsigned i = 0; i < tcp_state_count; ++i)
        EXPECT_EQ(state_named(name_of(static_cast<TcpState>(i))), static_cast<TcpState>(i));
}

TEST(TcpStates, every_state_can_be_reached_and_left_and_no_arrow_is_drawn_twice) {
    std::set<TcpState> from, to;
    std::set<std::pair<TcpState, TcpState>> seen;
    for (StateEdge const& e : state_edges()) {
        from.insert(e.from), to.insert(e.to);
        EXPECT_TRUE(seen.emplace(e.from, e.to).second) << name_of(e.from) << " to " << name_of(e.to);
        EXPECT_EQ(e.heard != Heard::nothing, e.cause.starts_with("rcv")) << e.cause;
    }
    EXPECT_EQ(from.size(), tcp_state_count);
    EXPECT_EQ(to.size(), tcp_state_count);
}

TEST(TcpStates, that_come_later_are_not_visited_yet) {
    using enum TcpState;
    std::vector<StateStep> const path{{1, 10, {}, listen, syn_received, {}},
                                      {2, 20, {}, syn_received, established, {}},
                                      {3, 30, {}, established, closed, {}}};
    EXPECT_TRUE(visited(path, 0, listen, false)) << "it begins there";
    EXPECT_FALSE(visited(path, 0, syn_received, false));
    EXPECT_TRUE(visited(path, 1, syn_received, false));
    EXPECT_FALSE(visited(path, 1, established, false));
    EXPECT_FALSE(visited(path, 2, closed, true));
    EXPECT_TRUE(visited(path, 3, closed, true));
    EXPECT_FALSE(visited(path, 3, closed, false)) << "it never was in the upper one";
    EXPECT_FALSE(visited(path, 99, time_wait, false));
    EXPECT_FALSE(visited({}, 0, closed, false));
}

// How far the line from a to b comes into a rectangle: 0, it does not.
float inside(Point a, Point b, Rect const& r) {
    float length = 0;
    Point last = a;
    for (int i = 1; i <= 400; ++i) {
        float const s = static_cast<float>(i) / 400;
        Point const p{a.x + (b.x - a.x) * s, a.y + (b.y - a.y) * s};
        if (r.contains(p)) length += std::hypot(p.x - last.x, p.y - last.y);
        last = p;
    }
    return length;
}

TEST(StateDiagram, boxes_do_not_touch_and_arrows_run_from_box_to_box_past_all_others) {
    std::vector<StateStep> const path{{0, 0, {}, TcpState::listen, TcpState::syn_received, {}}};
    for (auto [w, h, box_w, box_h] : {std::tuple{413.0f, 297.0f, 106.0f, 22.0f},
                                      {413.0f, 420.0f, 106.0f, 22.0f},
                                      {300.0f, 200.0f, 106.0f, 22.0f},
                                      {660.0f, 475.0f, 170.0f, 35.0f}}) {
        Rect const area{20, 30, w, h};
        StateDiagram const d = state_diagram(area, box_w, box_h, path);
        ASSERT_EQ(d.boxes.size(), tcp_state_count + 1);
        for (std::size_t i = 0; i < d.boxes.size(); ++i) {
            EXPECT_TRUE(area.contains(d.boxes[i].rect)) << name_of(d.boxes[i].state);
            for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(d.boxes[i].rect.overlaps(d.boxes[j].rect));
        }
        for (auto const& arrow : d.arrows)
            for (auto const& box : d.boxes) {
                if (box.state == arrow.from || box.state == arrow.to) continue;
                EXPECT_LT(inside(arrow.start, arrow.tip, box.rect.inset(1)), 1)
                    << name_of(arrow.from) << " to " << name_of(arrow.to) << " through " << name_of(box.state)
                    << " at " << w << "x" << h;
            }
    }
}

TEST(StateDiagram, numbers_the_steps_and_draws_what_the_rfc_does_not) {
    using enum TcpState;
    std::vector<StateStep> const path{{1, 10, {}, listen, syn_received, {}},
                                      {2, 20, {}, syn_received, established, {}},
                                      {3, 30, {}, established, closed, {}}};
    StateDiagram const d = state_diagram({0, 0, 420, 400}, 106, 22, path);
    EXPECT_EQ(d.arrows.size(), state_edges().size() + 1) << "a reset has its own";
    EXPECT_TRUE(d.arrows.front().steps.empty());
    EXPECT_FALSE(d.arrows.back().steps.empty()) << "what was taken is drawn last";
    for (auto const& arrow : d.arrows)
        if (arrow.from == established && arrow.to == closed) {
            EXPECT_EQ(arrow.steps, std::vector<unsigned>{3});
            EXPECT_GT(arrow.tip.y, arrow.start.y) << "down to the second CLOSED";
        }
    EXPECT_EQ(cause_of(path[2]), "reset or given up");
    EXPECT_EQ(cause_of(path[0]), "rcv SYN / snd SYN,ACK");
}

TEST(StateDiagram, numbers_stand_on_their_arrows_or_beside_short_ones) {
    using enum TcpState;
    std::vector<StateStep> path;
    for (auto [from, to] : {std::pair{listen, syn_received},
                            {syn_received, established},
                            {established, fin_wait_1},
                            {fin_wait_1, fin_wait_2},
                            {fin_wait_2, time_wait},
                            {close_wait, last_ack},
                            {last_ack, closed}})
        path.push_back({path.size(), 0, {}, from, to, {}});
    Point const badge{17, 17};
    constexpr float head = 7;
    for (float height : {160.0f, 230.0f, 297.0f, 700.0f}) {
        Rect const area{20, 30, 498, height};
        unsigned aside = 0;
        StateDiagram const diagram = state_diagram(area, 106, 22, path);
        for (auto const& arrow : diagram.arrows) {
            if (arrow.steps.empty()) continue;
            Point const at = number_place(arrow, area, badge, head);
            Rect const covered{at.x - badge.x / 2, at.y - badge.y / 2, badge.x, badge.y};
            float const length = std::hypot(arrow.tip.x - arrow.start.x, arrow.tip.y - arrow.start.y);
            EXPECT_GE(length - inside(arrow.start, arrow.tip, covered), std::min(length, head) - 0.1f)
                << name_of(arrow.from) << " to " << name_of(arrow.to) << " at " << height;
            EXPECT_TRUE(area.contains(covered)) << name_of(arrow.from) << " at " << height;
            aside += inside(arrow.start, arrow.tip, covered) == 0;
            // The words of a box, "FIN-WAIT-1", stand in its middle.
            for (auto const& [state, end, box] : diagram.boxes)
                EXPECT_FALSE(covered.overlaps({box.x + 20, box.y, box.width - 40, box.height}))
                    << name_of(arrow.from) << " at " << height;
        }
        EXPECT_EQ(aside > 0, height < 300) << height;
    }
}

TEST(ConnectionPlaces, fill_the_view_without_overlap_at_every_size) {
    for (float scale : {1.0f, 1.6f, 2.4f})
        for (float w = 260; w <= 3800; w += 90)
            for (float h = 160; h <= 2000; h += 70) {
                Rect const area{7, 9, w, h};
                ConnectionPlaces const p = place_connection(area, scale, 15 * scale);
                auto const where = ::testing::Message() << w << "x" << h << " at " << scale;
                ASSERT_TRUE(area.contains(p.plot)) << where;
                for (Rect const& r : {p.diagram, p.path}) {
                    if (r.empty()) continue;
                    ASSERT_TRUE(area.contains(r)) << where;
                    ASSERT_FALSE(r.overlaps(p.plot)) << where;
                }
                if (!p.path.empty() && !p.diagram.empty()) {
                    ASSERT_FALSE(p.path.overlaps(p.diagram)) << where;
                }
                // Boxes hold their words, or there are none.
                if (p.diagram.empty()) continue;
                for (auto const& box : state_diagram(p.diagram, p.box_width, p.box_height, {}).boxes) {
                    ASSERT_GE(box.rect.height, 15 * scale - 0.01f) << where;
                    ASSERT_GE(box.rect.width, 85 * scale) << where;
                }
            }
}

TEST(ConnectionPlaces, the_list_of_steps_is_there_wherever_two_of_them_fit) {
    for (auto [w, h] : {std::pair{1256.0f, 390.0f},
                        {1256.0f, 560.0f},
                        {776.0f, 330.0f},
                        {735.0f, 280.0f},  // a window of 800 by 500
                        {1896.0f, 900.0f},
                        {600.0f, 560.0f},
                        {600.0f, 450.0f}}) {
        ConnectionPlaces const p = place_connection({0, 0, w, h}, 1, 15);
        EXPECT_GE(p.path.height, 90) << w << "x" << h;
        EXPECT_FALSE(p.diagram.empty()) << w << "x" << h;
        EXPECT_GE(p.path.width, 250) << w << "x" << h;
        EXPECT_GE(p.plot.height, 150) << w << "x" << h;
    }
}

}  // namespace
}  // namespace viz::model
