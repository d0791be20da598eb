// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/disturbance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "simulator/machine/interrupt_fault.hpp"

namespace sim::explore {
namespace {

using Kind = Disturbance::Kind;
using Of = Happening::Kind;

Happening frame(std::uint64_t at_ns, std::uint64_t number) { return {Of::frame, at_ns, number, "", 0, 0}; }
Happening interrupt(std::uint64_t at_ns, std::uint64_t number, char const* machine, std::uint8_t vector,
                    unsigned processor = 0) {
    return {Of::interrupt, at_ns, number, machine, processor, vector};
}
Happening step(std::uint64_t at_ns, std::uint64_t number, char const* machine) {
    return {Of::step, at_ns, number, machine, 0, 0};
}

std::string text_of(links::WorldInput const& input) { return {input.bytes.begin(), input.bytes.end()}; }

TEST(Disturbance, of_a_frame_is_a_fault_line_counted_from_the_warm_time) {
    auto const inputs = inputs_of({{Kind::drop, frame(900, 7), 0, 0},
                                   {Kind::delay, frame(950, 8), 5'000'000, 0},
                                   {Kind::duplicate, frame(990, 9), 0, 0}},
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

TEST(Disturbance, of_an_interrupt_is_an_input_of_its_processors_local_apic) {
    auto const inputs = inputs_of({{Kind::spurious, interrupt(950, 1, "a", 0x31), 0, 900},
                                   {Kind::late, interrupt(600, 2, "a", 0x30), 7, 0},
                                   {Kind::lose, interrupt(700, 3, "b", 0x45, 2), 0, 0}},
                                  500);
    ASSERT_EQ(inputs.size(), 3u) << "in the order of time";
    EXPECT_EQ(inputs[0].kind, machine::InputKind::late);
    EXPECT_EQ(inputs[0].device, "lapic0");
    EXPECT_THAT(inputs[0].bytes,
                testing::ElementsAre(0x30, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_EQ(inputs[1].kind, machine::InputKind::lose);
    EXPECT_EQ(inputs[1].target, "b");
    EXPECT_EQ(inputs[1].device, "lapic2");
    EXPECT_THAT(inputs[1].bytes, testing::ElementsAre(0x45, 0, 3, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_EQ(inputs[2].kind, machine::InputKind::interrupt);
    EXPECT_EQ(inputs[2].at_ns, 900u) << "nobody asked: it comes at its time";
}

TEST(Disturbance, a_preemption_is_time_that_a_machine_loses_at_its_step) {
    auto const inputs = inputs_of({{Kind::preempt, step(900, 4, "a"), 10'000'000, 0}}, 500);
    ASSERT_EQ(inputs.size(), 1u);
    EXPECT_EQ(inputs[0].at_ns, 900u);
    EXPECT_EQ(inputs[0].device, "clock");
    EXPECT_EQ(inputs[0].kind, machine::InputKind::stall);
    EXPECT_THAT(inputs[0].bytes, testing::ElementsAre(0x80, 0x96, 0x98, 0, 0, 0, 0, 0));
}

// A topology whose server stalls by itself, and is disturbed by the same stall later.
TEST(Disturbance, is_told_from_the_faults_of_its_topology) {
    auto const stall = machine::stall_of(1'000), lost = machine::lost_interrupt(0, 0x30, 1);
    auto const in_the_world = [](std::uint64_t at_ns, char const* name, machine::Arrival const& of,
                                 std::optional<machine::Moment> moment = {}) {
        return links::WorldInput{at_ns, name, of.target, of.kind, of.bytes, moment};
    };
    auto const in_a_life = [](std::uint64_t at_ns, machine::Arrival const& of) {
        return machine::Input{{at_ns, 0}, at_ns, of.target, of.kind, of.bytes};
    };
    machine::Arrival const frame_to_it{"net0", machine::InputKind::frame, {1, 2, 3}};
    links::WorldLog log;
    log.inputs = {in_the_world(100, "server", stall, machine::Moment{100, 0}),
                  in_the_world(200, "client", lost),
                  in_the_world(300, "server", lost),
                  in_the_world(400, "server", stall),
                  in_the_world(450, "server", lost, machine::Moment{450, 0}),
                  in_the_world(900, "server", stall)};
    std::vector<machine::Input> const life = {in_a_life(100, stall), in_a_life(150, frame_to_it),
                                              in_a_life(300, lost), in_a_life(400, stall),
                                              in_a_life(450, lost)};  // and ended
    auto const server = disturbances_in(life, log, "server");
    ASSERT_EQ(server.size(), 2u);
    EXPECT_EQ(server[0], life[2]);
    EXPECT_EQ(server[1], life[3]);
    EXPECT_TRUE(disturbances_in({}, log, "client").empty());
}

TEST(Disturbance, is_told_in_words) {
    EXPECT_EQ(describe(Disturbance{Kind::drop, frame(0, 7), 0, 0}), "frame 7 is lost");
    EXPECT_EQ(describe(Disturbance{Kind::late, interrupt(0, 2, "a", 0x30), 10'000'000, 0}),
              "interrupt 0x30 of a, number 2, comes 10ms late");
    EXPECT_EQ(describe(Disturbance{Kind::lose, interrupt(0, 2, "a", 0x30, 1), 0, 0}),
              "interrupt 0x30 of a's processor 1, number 2, is lost");
    EXPECT_EQ(describe(Disturbance{Kind::preempt, step(0, 2, "a"), 10'000'000, 0}),
              "a loses 10ms at its step 2");
}

constexpr DisturbanceBounds two_of_each{2, 2, 2, 5, 20, 10};

// How many unordered pairs of disturbances there are, and each is tried once.
TEST(Choices, happenings_of_one_nanosecond_are_disturbed_together_too) {
    std::vector<Happening> const seen = {interrupt(700, 1, "a", 0x30),
                                         interrupt(700, 1, "b", 0x30),
                                         step(700, 1, "b"),
                                         frame(700, 1),
                                         frame(700, 2),
                                         frame(800, 3)};
    auto const first = choices_after({}, seen, two_of_each, 500);
    EXPECT_EQ(first.size(), 6u * 3 - 2);
    std::vector<std::pair<Disturbance, Disturbance>> pairs;
    for (Disturbance const& one : first) {
        if (one.kind == Kind::spurious) continue;
        for (Disturbance const& other : choices_after({one}, seen, two_of_each, 500))
            if (other.kind != Kind::spurious) pairs.emplace_back(one, other);
    }
    auto const same_pair = [](auto const& p, auto const& q) {
        return (p.first == q.first && p.second == q.second) || (p.first == q.second && p.second == q.first);
    };
    std::size_t expected = 0;
    for (std::size_t i = 0; i < first.size(); ++i)
        for (std::size_t j = i + 1; j < first.size(); ++j) {
            if (first[i].kind == Kind::spurious || first[j].kind == Kind::spurious) continue;
            if (first[i].of == first[j].of) continue;
            ++expected;
            EXPECT_EQ(
                std::count_if(pairs.begin(), pairs.end(),
                              [&](auto const& p) { return same_pair(p, std::pair(first[i], first[j])); }),
                1)
                << describe(first[i]) << " and " << describe(first[j]);
        }
    EXPECT_EQ(pairs.size(), expected);
}

TEST(Choices, keep_to_the_bounds_of_each_kind) {
    std::vector<Happening> const seen = {interrupt(700, 1, "a", 0x30), frame(710, 1), step(720, 1, "a"),
                                         interrupt(730, 2, "a", 0x30), frame(740, 2), step(750, 2, "a")};
    DisturbanceBounds const bounds{1, 1, 1, 5, 20, 10};
    auto const choices = choices_after({{Kind::late, seen[0], 20, 0}}, seen, bounds, 500);
    EXPECT_EQ(choices.size(), 3u + 1 + 3 + 1);
    for (auto const& one : choices) EXPECT_NE(one.of.kind, Of::interrupt);
    auto const both =
        choices_after({{Kind::late, seen[0], 20, 0}, {Kind::drop, seen[1], 0, 0}}, seen, bounds, 500);
    ASSERT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0].kind, Kind::preempt);
    EXPECT_EQ(both[0].ns, 10u);
}

TEST(Choices, an_unasked_interrupt_comes_between_what_was_before_and_its_own_time) {
    std::vector<Happening> const seen = {frame(600, 1), interrupt(700, 1, "a", 0x30)};
    auto const choices = choices_after({}, seen, {0, 1, 0, 0, 20, 0}, 500);
    ASSERT_EQ(choices.size(), 3u);
    EXPECT_EQ(choices[2].kind, Kind::spurious);
    EXPECT_EQ(choices[2].at_ns, 650u);
}

}  // namespace
}  // namespace sim::explore
