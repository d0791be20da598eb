// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/time_axis.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "visualizer/model/place.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::model {
namespace {

using sim::debug::EventGroup;
using sim::machine::Moment;

TEST(Ruler, marks_round_times_that_do_not_crowd) {
    for (std::uint64_t length : {100ull, 3'000ull, 777'777ull, 12'345'678ull, 60'000'000'000ull}) {
        TimeAxis axis{{length / 3, length / 3 + length}, 10, 800, {}};
        auto marks = ruler(axis, 90);
        ASSERT_GE(marks.size(), 2u) << length;
        for (std::size_t i = 1; i < marks.size(); ++i) {
            EXPECT_GE(axis.pixel(marks[i].ns) - axis.pixel(marks[i - 1].ns), 89);
            EXPECT_NE(marks[i].label, marks[i - 1].label);
        }
    }
    EXPECT_TRUE(ruler({{5, 5}, 0, 100, {}}, 90).empty());
}

TEST(Axis, pixel_and_time_are_inverse) {
    TimeAxis axis{{1'000, 9'000}, 50, 400, {}};
    EXPECT_EQ(axis.time(50), 1'000u);
    EXPECT_EQ(axis.time(450), 9'000u);
    EXPECT_EQ(axis.time(-1'000), 1'000u) << "clamped";
    EXPECT_NEAR(static_cast<double>(axis.time(axis.pixel(4'321))), 4'321, 20);
}

TEST(SqueezedAxis, gives_the_room_of_sleeps_to_what_happens_between_them) {
    // 1 ms of work, 6 s of sleep, 1 ms of work.
    TimeWindow window{0, 6'002'000'000};
    TimeAxis axis = squeezed_axis(window, 100, 1000, {{1'000'000, 6'001'000'000}});
    ASSERT_EQ(axis.pieces.size(), 3u);
    EXPECT_NEAR(axis.pixel(0), 100, 0.01);
    EXPECT_NEAR(axis.pixel(window.to_ns), 1100, 0.01);
    EXPECT_NEAR(axis.pixel(1'000'000), 100 + 1000 / 2.08, 1) << "nearly half for the first millisecond";
    EXPECT_LT(axis.pixel(6'001'000'000) - axis.pixel(1'000'000), 60) << "the sleep is narrow";
    for (float x = 100; x <= 1100; x += 7) EXPECT_NEAR(axis.pixel(axis.time(x)), x, 0.6);
    float before = -1;
    for (std::uint64_t ns = 0; ns <= window.to_ns; ns += 10'000'000) {
        EXPECT_GE(axis.pixel(ns), before);
        before = axis.pixel(ns);
    }
}

TEST(SqueezedAxis, is_linear_when_nobody_slept_and_survives_a_window_full_of_sleep) {
    EXPECT_TRUE(squeezed_axis({0, 1000}, 0, 100, {}).pieces.empty());
    EXPECT_TRUE(squeezed_axis({0, 1000}, 0, 100, {{5000, 6000}}).pieces.empty()) << "outside the window";
    TimeAxis all = squeezed_axis({100, 900}, 0, 100, {{0, 1000}});
    EXPECT_NEAR(all.pixel(100), 0, 0.01);
    EXPECT_NEAR(all.pixel(900), 100, 0.01);
}

TEST(SqueezedAxis, labels_each_piece_and_never_crowds) {
    TimeAxis axis = squeezed_axis({0, 6'002'000'000}, 0, 1000, {{1'000'000, 6'001'000'000}});
    float last = -100;
    unsigned labels = 0;
    for (RulerMark const& m : ruler(axis, 90)) {
        if (m.label.empty()) continue;
        EXPECT_GE(axis.pixel(m.ns) - last, 89);
        last = axis.pixel(m.ns);
        ++labels;
    }
    EXPECT_GE(labels, 6u);
}

TEST(SqueezedAxis, says_no_time_twice) {
    // Three pieces of work within a millisecond, long after the start.
    TimeWindow const window{224'100'000, 224'400'000};
    TimeAxis const axis =
        squeezed_axis(window, 0, 1200, {{224'110'000, 224'200'000}, {224'210'000, 224'390'000}});
    ASSERT_EQ(axis.pieces.size(), 5u);
    std::set<std::string> seen;
    for (RulerMark const& m : ruler(axis, 96))
        if (!m.label.empty() && m.label[0] != '+') {
            EXPECT_TRUE(seen.insert(m.label).second) << m.label;
        }
    EXPECT_GE(seen.size(), 2u);
    EXPECT_TRUE(seen.contains("224.100 ms"));
}

TEST(Bins, hold_every_event_once) {
    auto snapshot = testing::sample_snapshot(3);
    auto const& events = snapshot->events;
    TimeAxis all{{0, snapshot->end_ns}, 0, 1000, {}};
    for (unsigned columns : {1u, 7u, 500u, 4000u})
        for (EventGroup group : {EventGroup::packets, EventGroup::interrupts, EventGroup::switches}) {
            auto bins = bin_events(events, group, all, columns);
            EXPECT_EQ(std::accumulate(bins.begin(), bins.end(), std::uint64_t{0}),
                      events.group(group).size());
        }
    EXPECT_TRUE(bin_events(events, EventGroup::packets, all, 0).empty());
}

TEST(Running, each_column_has_the_thread_that_ran_at_its_start) {
    auto snapshot = testing::sample_snapshot(2);
    auto const& events = snapshot->events;
    TimeAxis all{{0, snapshot->end_ns}, 0, 1000, {}};
    auto columns = bin_running(events, all, 1000);
    auto const& switches = events.group(EventGroup::switches);
    for (std::uint64_t i = switches.begin() + 1; i < switches.end(); ++i) {
        auto const &a = events.all[switches[i - 1]], &b = events.all[switches[i]];
        std::uint64_t middle = (a.virtual_ns + b.virtual_ns) / 2;
        auto column = static_cast<std::size_t>(middle * 1000 / snapshot->end_ns);
        std::uint64_t column_start = snapshot->end_ns * column / 1000;
        if (column_start <= a.virtual_ns) continue;
        EXPECT_EQ(columns[column].thread, a.b);
    }
}

TEST(MomentAt, lies_between_the_events_around_it) {
    auto s = testing::sample_snapshot(2);
    for (std::uint64_t ns = 0; ns < s->end_ns; ns += 3'331) {
        Moment m = moment_at(s->events, ns, s->end, s->end_ns);
        std::uint64_t next = s->events.first_at_or_after_ns(ns);
        EXPECT_LE(m, next < s->events.all.end() ? s->events.all[next].at : s->end);
        EXPECT_GE(m, next > s->events.all.begin() ? s->events.all[next - 1].at : Moment{});
    }
    EXPECT_EQ(moment_at(s->events, s->end_ns + 5, s->end, s->end_ns), s->end);
}

TEST(Zoom, keeps_the_point_below_the_pointer_and_stays_inside) {
    TimeWindow window{1'000'000, 2'000'000};
    TimeWindow close = zoomed(window, 0.5, 1'250'000, 10'000'000);
    EXPECT_EQ(close.length(), 500'000u);
    EXPECT_NEAR(static_cast<double>(1'250'000 - close.from_ns) / 500'000, 0.25, 0.01);
    TimeWindow wide = zoomed(window, 1e9, 1'250'000, 10'000'000);
    EXPECT_EQ(wide, (TimeWindow{0, 10'000'000}));
    EXPECT_EQ(panned(window, -100, 10'000'000).from_ns, 0u);
    EXPECT_EQ(panned(window, 100, 10'000'000).to_ns, 10'000'000u);
}

TEST(Texts, are_short_and_right) {
    EXPECT_EQ(short_time(450), "450 ns");
    EXPECT_EQ(short_time(12'340), "12.3 us");
    EXPECT_EQ(short_time(123'400'000), "123 ms");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(exact_time(3'120'000), "3.120 ms");
}

TEST(Place, reads_what_people_write) {
    auto s = testing::sample_snapshot(2);
    EXPECT_EQ(std::get<Moment>(find_place("123456", *s)), (Moment{123456, 0}));
    EXPECT_EQ(std::get<Moment>(find_place(" 123,456 ", *s)), (Moment{123456, 0}));
    EXPECT_EQ(std::get<Moment>(find_place("77.2", *s)), (Moment{77, 2}));
    EXPECT_EQ(std::get<Moment>(find_place("end", *s)), s->end);
    EXPECT_EQ(std::get<Moment>(find_place("1.5ms", *s)), moment_at(s->events, 1'500'000, s->end, s->end_ns));
    auto third = std::get<EventPlace>(find_place("packet:3", *s));
    EXPECT_EQ(third.number, s->events.group(EventGroup::packets)[2]);
    EXPECT_EQ(std::get<AddressPlace>(find_place("0xffffffff80103a11", *s)).address, 0xffffffff80103a11);
    for (char const* wrong :
         {"", "packet:0", "packet:9999", "packet:x", "moon:3", "0xzz", "12.5 parsecs", "no_such_function"})
        EXPECT_TRUE(std::holds_alternative<NoSuchPlace>(find_place(wrong, *s))) << wrong;
}

TEST(Label, stands_where_the_cursor_does_not_cross_it) {
    // 40 wide, behind its mark at 100: in 105 .. 145.
    auto const beside = [](float cursor, float from = 0, float to = 500) {
        return label_beside(100, 40, {from, to, 5, cursor});
    };
    EXPECT_EQ(beside(300), 105);
    EXPECT_EQ(beside(100), 105) << "the cursor is on the mark";
    EXPECT_EQ(beside(150), 105);
    for (float cursor : {101.0f, 120.0f, 149.0f}) EXPECT_EQ(beside(cursor), 55) << cursor;
    EXPECT_EQ(beside(120, 60), std::nullopt) << "another label is there";
    EXPECT_EQ(beside(300, 0, 140), 55) << "behind it there is no room";
    EXPECT_EQ(beside(80, 0, 140), std::nullopt);

    auto const within = [](float cursor, float from = 0) { return label_within(40, {from, 200, 5, cursor}); };
    EXPECT_EQ(within(-10), 80);
    EXPECT_EQ(within(130), 80);
    EXPECT_EQ(within(110), 35) << "in 0 .. 110";
    EXPECT_EQ(within(90), 125) << "in 90 .. 200";
    EXPECT_EQ(within(146, 145), 152.5f);
    EXPECT_EQ(within(150, 145), 155);
    EXPECT_EQ(within(170, 145), std::nullopt);
    EXPECT_EQ(within(0, 155), std::nullopt);
}

}  // namespace
}  // namespace viz::model
