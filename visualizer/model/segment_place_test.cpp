// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/segment_place.hpp"

#include <gtest/gtest.h>

#include "visualizer/model/place.hpp"
#include "visualizer/testing/sample_snapshot.hpp"
#include "visualizer/testing/wire.hpp"

namespace viz::model {
namespace {

constexpr std::uint8_t syn = 2, ack = 16, fin = 1;

// A page of four segments, of which the second is lost and comes again.
testing::Wire lossy() {
    testing::Wire wire;
    wire.in(syn, 1000, 0).out(syn | ack, 5000, 1001).in(ack, 1001, 5001);  // events 0 to 2
    wire.in(ack, 1001, 5001, 100);                                         // 3: the request
    wire.out(ack, 5001, 1101, 1000).out(ack, 6001, 1101, 1000);            // 4, 5: this one is lost
    wire.out(ack, 7001, 1101, 1000).out(ack | fin, 8001, 1101, 500);       // 6, 7
    wire.in(ack, 1101, 6001).in(ack, 1101, 6001).in(ack, 1101, 6001);      // 8, 9, 10
    wire.out(ack, 6001, 1101, 1000);                                       // 11: again
    wire.in(ack, 1101, 8502);                                              // 12
    return wire;
}

std::uint64_t event_of(std::string_view text, TcpFlows const& flows) {
    auto const words = parse_segment(text);
    if (auto const* why = std::get_if<std::string>(&words)) return ADD_FAILURE() << *why, UINT64_MAX;
    auto const found = find_segment(std::get<SegmentWords>(words), flows);
    if (auto const* why = std::get_if<std::string>(&found)) return ADD_FAILURE() << *why, UINT64_MAX;
    return std::get<std::uint64_t>(found);
}

TEST(SegmentPlace, names_a_segment_by_what_it_is) {
    auto const flows = lossy().flows();
    EXPECT_EQ(event_of("SYN", flows), 0u);
    EXPECT_EQ(event_of("out+syn", flows), 1u);
    EXPECT_EQ(event_of("in+data", flows), 3u);
    EXPECT_EQ(event_of("out+data", flows), 4u);
    EXPECT_EQ(event_of("out+data:3", flows), 6u);
    EXPECT_EQ(event_of("lost", flows), 5u);
    EXPECT_EQ(event_of("again", flows), 11u);
    EXPECT_EQ(event_of("dup", flows), 9u);
    EXPECT_EQ(event_of("in+dup:2", flows), 10u);
    EXPECT_EQ(event_of("fin", flows), 7u);
    EXPECT_EQ(event_of("out+last", flows), 7u);
    EXPECT_EQ(event_of("out+seq=1500", flows), 5u) << "the stream's byte 1500; the SYN is byte 0";
    EXPECT_EQ(event_of("out+seq=1500:2", flows), 11u);
    EXPECT_EQ(event_of("in+ack=1001", flows), 8u);
    EXPECT_EQ(event_of("in+ack:2", flows), 8u) << "bare acknowledgements only";
    EXPECT_EQ(event_of("connection=1+fin", flows), 7u);
}

TEST(SegmentPlace, says_what_is_wrong) {
    auto const flows = lossy().flows();
    for (auto const* text : {"", "blue", "syn+", "seq=x", "syn:0", "syn:x", "again+"})
        EXPECT_TRUE(std::holds_alternative<std::string>(parse_segment(text))) << text;
    auto const none = find_segment({"rst", 1}, flows);
    ASSERT_TRUE(std::holds_alternative<std::string>(none));
    EXPECT_EQ(std::get<std::string>(none), "there are only 0 segments that are rst");
}

TEST(SegmentPlace, of_every_segment_is_found_again) {
    auto const flows = lossy().flows();
    for (Segment const& s : flows.all()[0].segments) {
        auto const text = segment_text(s.event, flows);
        ASSERT_TRUE(text);
        ASSERT_TRUE(text->starts_with(segment_word));
        EXPECT_EQ(event_of(std::string_view(*text).substr(segment_word.size()), flows), s.event) << *text;
    }
    EXPECT_EQ(segment_text(11, flows), "segment:out+again");
    EXPECT_EQ(segment_text(10, flows), "segment:in+dup:2");
    EXPECT_FALSE(segment_text(999, flows));
}

TEST(SegmentPlace, is_a_place_like_all_others) {
    auto const wire = lossy();
    auto s = testing::sample_snapshot();
    s->events = wire.index.view();
    auto const place = find_place("segment:lost", *s);
    auto const* event = std::get_if<EventPlace>(&place);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->number, 5u);
    EXPECT_TRUE(std::holds_alternative<NoSuchPlace>(find_place("segment:rst", *s)));
    EXPECT_TRUE(std::holds_alternative<NoSuchPlace>(find_place("segment:blue", *s)));
}

}  // namespace
}  // namespace viz::model
