// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/access_heat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "visualizer/testing/at_the_desk.hpp"

namespace viz::model {
namespace {

using sim::debug::Accesses;
using sim::debug::AccessRequest;
using sim::debug::PageAccesses;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Accesses accesses() {
    Accesses a;
    a.from = {1'000'000, 0}, a.to = {2'000'000, 0}, a.from_ns = 1'000'000, a.to_ns = 2'500'000;
    PageAccesses stack;
    stack.page = 5, stack.reads = 2'000, stack.writes = 1'000;
    stack.most_writes = {"http::parse", 700}, stack.most_reads = {"memcpy", 2'000};
    PageAccesses table;
    table.page = 6, table.walker = 1;
    PageAccesses ring;
    ring.page = 9, ring.device = 10, ring.reads = 1;
    a.pages = {stack, ring, table};
    return a;
}

OwnerGrid grid(unsigned frames, unsigned frames_per_cell) {
    sim::debug::FrameMap map;
    map.owners = {"unknown"}, map.owner.assign(frames, 0);
    OwnerGrid g = owner_grid(map, 1000, 1000, 2, 14);
    g.frames_per_cell = frames_per_cell;
    g.owner.resize((frames + frames_per_cell - 1) / frames_per_cell);
    return g;
}

TEST(AccessHeat, grows_with_the_logarithm_of_the_count) {
    EXPECT_EQ(heat_of(0, 1000), 0);
    EXPECT_EQ(heat_of(1, 1000), 1);
    EXPECT_EQ(heat_of(1000, 1000), 255);
    EXPECT_NEAR(heat_of(10, 1000), 1 + 254 / 3, 1);
    EXPECT_NEAR(heat_of(100, 1000), 1 + 254 * 2 / 3, 1);
    EXPECT_EQ(heat_of(1, 1), 255) << "once is as often as any";
    unsigned last = 0;
    for (std::uint64_t n = 1; n < 100'000; n += 7) {
        EXPECT_GE(heat_of(n, 100'000), last);
        last = heat_of(n, 100'000);
    }
    EXPECT_EQ(heat_of(UINT64_MAX, 2), 255);
}

TEST(AccessHeat, is_that_of_the_hottest_frame_of_a_cell) {
    AccessHeat const by_frame = access_heat(accesses(), grid(12, 1), Touch::written);
    EXPECT_EQ(by_frame.most, 1'000u);
    EXPECT_EQ(by_frame.frames, 3u) << "devices and the page walker write, too";
    for (unsigned i = 0; i < 12; ++i)
        EXPECT_EQ(by_frame.cells[i], i == 5 ? 255 : i == 6 ? 1 : i == 9 ? heat_of(10, 1'000) : 0) << i;
    AccessHeat const by_four = access_heat(accesses(), grid(12, 4), Touch::read);
    EXPECT_EQ(by_four.frames, 2u);
    EXPECT_THAT(by_four.cells, ElementsAre(0, 255, 1));
}

TEST(AccessHeat, of_a_part_of_memory_is_on_the_scale_of_all_of_it) {
    OwnerGrid part = grid(4, 1);
    part.first_frame = 8;
    AccessHeat const heat = access_heat(accesses(), part, Touch::written);
    EXPECT_THAT(heat.cells, ElementsAre(0, heat_of(10, 1'000), 0, 0));
    EXPECT_EQ(heat.most, 1'000u);
}

TEST(AccessHeat, its_legend_is_marked_at_powers_of_ten) {
    auto const counts = [](std::uint64_t most) {
        std::vector<std::uint64_t> out;
        for (HeatMark const& m : heat_marks(most)) {
            out.push_back(m.count);
            EXPECT_LE(m.at, 1.0f);
        }
        return out;
    };
    EXPECT_THAT(counts(0), ElementsAre());
    EXPECT_THAT(counts(1), ElementsAre(1));
    EXPECT_THAT(counts(999), ElementsAre(1, 10, 100));
    EXPECT_THAT(counts(1000), ElementsAre(1, 10, 100, 1000));
    EXPECT_EQ(counts(UINT64_MAX).size(), 20u);
    EXPECT_EQ(heat_marks(1000)[0].at, 0);
    EXPECT_EQ(heat_marks(1000)[3].at, 1);
}

TEST(AccessHeat, tells_exact_counts_and_who_did_it_most) {
    EXPECT_THAT(access_lines(accesses(), 5, 1),
                ElementsAre("written 1,000 times, 700 of them by http::parse", "read 2,000 times, by memcpy"));
    EXPECT_THAT(access_lines(accesses(), 6, 1), ElementsAre("marked once by the page walker"));
    EXPECT_THAT(access_lines(accesses(), 9, 1), ElementsAre("read once", "written 10 times by devices"));
    EXPECT_THAT(access_lines(accesses(), 7, 1), ElementsAre("neither read nor written"));
    EXPECT_THAT(access_lines(accesses(), 4, 4),
                ElementsAre("2 of 4 frames were touched; together", "written 1,000 times, 700 of them by http::parse",
                            "read 2,000 times, by memcpy", "marked once by the page walker"));
    EXPECT_EQ(access_stretch(accesses()), "of 1,000,000 instructions until 2.500 ms");
    EXPECT_EQ(counted(0), "0");
    EXPECT_EQ(counted(999), "999");
    EXPECT_EQ(counted(1234567), "1,234,567");
}

struct AtTheMap : viz::testing::AtTheDesk {};

TEST_F(AtTheMap, the_stretch_is_the_markers_or_the_last_million) {
    auto const& now = desk.model().now();
    ViewState state;
    EXPECT_FALSE(access_request(state, now));
    state.map_colouring = MapColouring::changes;
    EXPECT_FALSE(access_request(state, now)) << "the checkpoints know";
    state.map_colouring = MapColouring::reads;
    EXPECT_EQ(access_request(state, now), AccessRequest{});
    state.mark_b_ns = 700'000;
    auto const since = access_request(state, now);
    ASSERT_TRUE(since && since->from);
    EXPECT_FALSE(since->to);
    state.mark_a_ns = 900'000;
    auto const between = access_request(state, now);
    EXPECT_EQ(between->from, since->from);
    ASSERT_TRUE(between->to);
    EXPECT_LT(*between->from, *between->to);
}

TEST_F(AtTheMap, lines_choose_a_colouring_and_leave_it) {
    EXPECT_EQ(type("frames.writes"), "");
    EXPECT_EQ(desk.state().map_colouring, MapColouring::writes);
    EXPECT_EQ(type("frames.changes"), "");
    EXPECT_EQ(desk.state().map_colouring, MapColouring::changes);
    EXPECT_EQ(type("frames.reads"), "");
    EXPECT_EQ(type("frames.reads"), "");
    EXPECT_EQ(desk.state().map_colouring, MapColouring::owner);
}

}  // namespace
}  // namespace viz::model
