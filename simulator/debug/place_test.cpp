// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/place.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace sim::debug {
namespace {

using Kind = Place::Kind;

TEST(Place, is_read_as_the_reference_page_says) {
    EXPECT_EQ(parse_place("123456").place->moment, (machine::Moment{123456, 0}));
    EXPECT_EQ(parse_place(" 1,234,567 ").place->moment, (machine::Moment{1234567, 0}));
    EXPECT_EQ(parse_place("123456.2").place->moment, (machine::Moment{123456, 2}));
    EXPECT_EQ(parse_place("12.5ms").place->kind, Kind::time);
    EXPECT_EQ(parse_place("12.5ms").place->ns, 12'500'000u);
    EXPECT_EQ(parse_place("start").place->kind, Kind::start);
    EXPECT_EQ(parse_place("end").place->kind, Kind::end);
    EXPECT_EQ(parse_place("bookmark:second access, of two").place->bookmark, "second access, of two");
    Place const packet = *parse_place("packet:17").place;
    EXPECT_EQ(packet.group, EventGroup::packets);
    EXPECT_EQ(packet.number, 17u);
    EXPECT_EQ(parse_place("fault:3").place->group, EventGroup::faults);
    EXPECT_EQ(parse_place("interrupt:3").place->group, EventGroup::interrupts);
    EXPECT_EQ(parse_place("switch:40").place->group, EventGroup::switches);
    EXPECT_EQ(parse_place("connection:2").place->group, EventGroup::connections);
    EXPECT_EQ(parse_place("probe:lock_wait:3").place->probe, EventKind::lock_wait);
    EXPECT_EQ(parse_place("probe:lock_wait:3").place->number, 3u);
}

TEST(Place, what_is_none_is_said_with_what_would_be) {
    for (char const* wrong : {"", "soon", "packet:0", "packet:", "packet:x", "packet:-1", "lunch:1", "probe:", "probe:lunch:1",
                              "probe:lock_wait", "probe:lock_wait:0",
                              "threads::yield", "12.5", "0x1234", "-5", "3.5 hours"}) {
        ParsedPlace const parsed = parse_place(wrong);
        bool const moment = std::string_view(wrong) == "12.5";  // a count and a happening
        EXPECT_EQ(parsed.place.has_value(), moment) << wrong;
        EXPECT_EQ(parsed.why.empty(), moment) << wrong;
    }
    EXPECT_NE(parse_place("soon").why.find("bookmark:NAME"), std::string::npos);
}

TEST(Place, stands_behind_the_last_at_of_a_files_name) {
    EXPECT_EQ(split_place("a.run@packet:3").file, "a.run");
    EXPECT_EQ(split_place("a.run@packet:3").place, "packet:3");
    EXPECT_EQ(split_place("me@home/a.run@5").file, "me@home/a.run");
    EXPECT_EQ(split_place("a.run").place, "");
    std::string const whole = testing::TempDir() + "a@b.run";
    std::ofstream(whole) << "x";
    EXPECT_EQ(split_place(whole).file, whole);
    EXPECT_EQ(split_place(whole).place, "");
}

}  // namespace
}  // namespace sim::debug
