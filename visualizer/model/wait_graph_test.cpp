// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/wait_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace viz::model {
namespace {

using sim::debug::Lock;
using sim::debug::Snapshot;
using sim::debug::Thread;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr WaitSizes sizes{100, 30, 60, 20};

Snapshot with(std::vector<Lock> locks) {
    Snapshot s;
    for (std::uint64_t i = 1; i <= 30; ++i) {
        Thread t;
        t.address = i, t.name = "thread " + std::to_string(i);
        s.kernel.threads.push_back(std::move(t));
    }
    s.kernel.locks = std::move(locks);
    return s;
}
Lock lock(std::uint64_t address, std::uint64_t owner, std::vector<std::uint64_t> waiters) {
    return {address, "lock " + std::to_string(address), owner, std::move(waiters), {}};
}

bool on_border(Rect const& r, Point p) {
    bool const level = (p.y == r.y || p.y == r.bottom()) && p.x >= r.x && p.x <= r.right();
    bool const upright = (p.x == r.x || p.x == r.right()) && p.y >= r.y && p.y <= r.bottom();
    return level || upright;
}

// No box covers another, each arrow goes from border to border, level and upright, and
// through no box.
void expect_clear(WaitGraph const& graph, WaitPlaces const& places) {
    Rect const whole{0, 0, places.width, places.height};
    for (std::size_t i = 0; i < places.nodes.size(); ++i) {
        EXPECT_TRUE(whole.contains(places.nodes[i])) << graph.nodes[i].name;
        for (std::size_t j = 0; j < i; ++j)
            EXPECT_FALSE(places.nodes[i].overlaps(places.nodes[j])) << graph.nodes[i].name << ", " << graph.nodes[j].name;
    }
    for (std::size_t i = 0; i < graph.arrows.size(); ++i) {
        auto const& points = places.arrows[i];
        std::string const which = graph.nodes[graph.arrows[i].from].name + " to " + graph.nodes[graph.arrows[i].to].name;
        ASSERT_GE(points.size(), 2u) << which;
        EXPECT_TRUE(on_border(places.nodes[graph.arrows[i].from], points.front())) << which;
        EXPECT_TRUE(on_border(places.nodes[graph.arrows[i].to], points.back())) << which;
        for (std::size_t p = 1; p < points.size(); ++p) {
            Point const a = points[p - 1], b = points[p];
            EXPECT_TRUE(a.x == b.x || a.y == b.y) << which;
            Rect const line{std::min(a.x, b.x) + 0.1f, std::min(a.y, b.y) + 0.1f, std::abs(a.x - b.x) - 0.2f,
                            std::abs(a.y - b.y) - 0.2f};
            Rect const thick{line.x - 0.2f, line.y - 0.2f, std::max(line.width, 0.0f) + 0.3f, std::max(line.height, 0.0f) + 0.3f};
            for (std::size_t n = 0; n < places.nodes.size(); ++n)
                if (n != graph.arrows[i].from && n != graph.arrows[i].to) {
                    EXPECT_FALSE(places.nodes[n].overlaps(thick)) << which << " through " << graph.nodes[n].name;
                }
            EXPECT_GE(std::min({a.x, b.x, a.y, b.y}), 0) << which;
        }
    }
}

TEST(WaitGraph, has_threads_and_locks_and_an_arrow_for_each_wait_and_each_holder) {
    WaitGraph const graph = wait_graph(with({lock(100, 1, {2, 3}), lock(200, 3, {}), lock(300, 99, {})}));
    std::vector<std::string> told;
    for (WaitArrow const& a : graph.arrows) told.push_back(graph.nodes[a.from].name + " > " + graph.nodes[a.to].name);
    EXPECT_THAT(told, ElementsAre("lock 100 > thread 1", "thread 2 > lock 100", "thread 3 > lock 100", "lock 200 > thread 3",
                                  "lock 300 > 0x63"));
    EXPECT_THAT(graph.circles, IsEmpty());
    for (WaitNode const& n : graph.nodes) EXPECT_FALSE(n.in_circle);
}

TEST(WaitGraph, of_a_deadlock_has_the_circle_and_its_words) {
    WaitGraph const graph = wait_graph(with({lock(100, 1, {2, 3}), lock(200, 2, {1})}));
    ASSERT_EQ(graph.circles.size(), 1u);
    EXPECT_EQ(circle_in_words(graph, graph.circles[0]),
              "Deadlock: thread 1 waits for lock 200, held by thread 2; thread 2 waits for lock 100, held by thread 1");
    for (WaitNode const& n : graph.nodes) EXPECT_EQ(n.in_circle, n.name != "thread 3") << n.name;
    unsigned round = 0;
    for (WaitArrow const& a : graph.arrows) round += a.in_circle;
    EXPECT_EQ(round, 4u);
}

TEST(WaitPlaces, of_two_who_wait_for_each_other_are_a_square_and_who_waits_for_them_stands_beside) {
    WaitGraph const graph = wait_graph(with({lock(100, 1, {2, 3}), lock(200, 2, {1})}));
    WaitPlaces const places = place_waits(graph, sizes, 1000);
    expect_clear(graph, places);
    EXPECT_EQ(places.height, 2 * sizes.height + sizes.gap_down);
    EXPECT_EQ(places.width, 3 * sizes.width + 2 * sizes.gap_across);
    // lock 100 is the one that more than one waits for.
    EXPECT_EQ(places.nodes[0].x, sizes.width + sizes.gap_across);
}

TEST(WaitPlaces, of_five_philosophers_are_two_rows) {
    std::vector<Lock> forks;
    for (std::uint64_t i = 1; i <= 5; ++i) forks.push_back(lock(100 * i, i, {i == 1 ? 5 : i - 1}));
    WaitGraph const graph = wait_graph(with(forks));
    ASSERT_EQ(graph.circles.size(), 1u);
    WaitPlaces const places = place_waits(graph, sizes, 500);
    expect_clear(graph, places);
    EXPECT_EQ(places.height, 2 * sizes.height + sizes.gap_down);
    EXPECT_EQ(places.width, 5 * sizes.width + 4 * sizes.gap_across) << "a circle is not broken, the pane scrolls";
}

TEST(WaitPlaces, stand_beside_each_other_as_far_as_there_is_room) {
    WaitGraph const graph = wait_graph(with({lock(100, 1, {}), lock(200, 2, {}), lock(300, 3, {4})}));
    EXPECT_EQ(place_waits(graph, sizes, 10'000).height, sizes.height);
    WaitPlaces const narrow = place_waits(graph, sizes, 10);
    EXPECT_EQ(narrow.width, 3 * sizes.width + 2 * sizes.gap_across);
    EXPECT_GT(narrow.height, 3 * sizes.height);
    EXPECT_EQ(place_waits({}, sizes, 100).height, 0);
}

TEST(WaitPlaces, of_any_waits_are_clear) {
    std::mt19937_64 random(7);
    unsigned circles = 0;
    for (unsigned round = 0; round < 300; ++round) {
        auto const any = [&](std::uint64_t most) { return random() % most; };
        std::vector<Lock> locks;
        for (std::uint64_t i = 0, n = 1 + any(12); i < n; ++i) locks.push_back(lock(100 + i, 1 + any(14), {}));
        for (std::uint64_t t = 1; t <= 14; ++t)
            if (any(3)) locks[any(locks.size())].waiters.push_back(t);
        WaitGraph const graph = wait_graph(with(locks));
        circles += !graph.circles.empty();
        SCOPED_TRACE(round);
        expect_clear(graph, place_waits(graph, sizes, static_cast<float>(200 + any(1200))));
        if (HasFailure()) break;
    }
    EXPECT_GT(circles, 30u) << "this tests little";
}

}  // namespace
}  // namespace viz::model
