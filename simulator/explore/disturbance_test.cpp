// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/disturbance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sim::explore {
namespace {

using Kind = Disturbance::Kind;

std::string text_of(links::WorldInput const& input) { return {input.bytes.begin(), input.bytes.end()}; }

TEST(Disturbance, of_a_frame_is_a_fault_line_counted_from_the_warm_time) {
    auto const inputs = inputs_of({{Kind::drop, 900, 7, 0, "", 0},
                                   {Kind::delay, 950, 8, 5'000'000, "", 0},
                                   {Kind::duplicate, 990, 9, 0, "", 0}},
                                  500);
    ASSERT_EQ(inputs.size(), 3u);
    for (auto const& input : inputs) {
        EXPECT_EQ(input.at_ns, 500u);
        EXPECT_EQ(input.target, links::fault_target);
    }
    EXPECT_EQ(links::parse_fault_line(text_of(inputs[0])), links::parse_fault_line("drop frame 7"));
    EXPECT_EQ(links::parse_fault_line(text_of(inputs[1])), links::parse_fault_line("delay frame 8 5ms"));
    EXPECT_EQ(links::parse_fault_line(text_of(inputs[2])), links::parse_fault_line("duplicate frame 9"));
}

TEST(Disturbance, of_an_interrupt_is_an_input_of_the_local_apic) {
    auto const inputs = inputs_of({{Kind::spurious, 900, 1, 0, "a", 0x31},
                                   {Kind::late, 600, 2, 7, "a", 0x30},
                                   {Kind::lose, 700, 3, 0, "b", 0x45}},
                                  500);
    ASSERT_EQ(inputs.size(), 3u) << "in the order of time";
    EXPECT_EQ(inputs[0].kind, machine::InputKind::late);
    EXPECT_EQ(inputs[0].device, "lapic0");
    EXPECT_THAT(inputs[0].bytes,
                testing::ElementsAre(0x30, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_EQ(inputs[1].kind, machine::InputKind::lose);
    EXPECT_EQ(inputs[1].target, "b");
    EXPECT_THAT(inputs[1].bytes, testing::ElementsAre(0x45, 0, 3, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_EQ(inputs[2].kind, machine::InputKind::interrupt);
    EXPECT_EQ(inputs[2].at_ns, 900u) << "nobody asked: it comes at its time";
}

TEST(Disturbance, is_told_in_words) {
    EXPECT_EQ(describe(Disturbance{Kind::drop, 0, 7, 0, "", 0}), "frame 7 is lost");
    EXPECT_EQ(describe(Disturbance{Kind::late, 0, 2, 10'000'000, "a", 0x30}),
              "interrupt 0x30 of a, number 2, comes 10ms late");
}

}  // namespace
}  // namespace sim::explore
