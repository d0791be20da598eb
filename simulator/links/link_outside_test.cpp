// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/link_outside.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace sim::links {
namespace {

// An outside whose clock is the caller's, and that notes what it is sent.
struct Script final : machine::Outside {
    std::deque<Frame> to_give;
    std::vector<std::pair<std::uint64_t, Frame>> taken;
    void resume(std::uint64_t) override {}
    void poll(std::uint64_t, std::vector<machine::Arrival>& arrived) override {
        for (; !to_give.empty(); to_give.pop_front())
            arrived.push_back({"net0", machine::InputKind::frame, to_give.front()});
        arrived.push_back({"uart0", machine::InputKind::console, {'k'}});
    }
    std::optional<std::uint64_t> wait(std::uint64_t, std::optional<std::uint64_t> deadline) override {
        return deadline;
    }
    void output(std::uint64_t now_ns, std::string_view, machine::OutputKind,
                std::span<std::uint8_t const> bytes) override {
        taken.push_back({now_ns, {bytes.begin(), bytes.end()}});
    }
};

Frame frame(std::uint8_t number) {
    Frame bytes(60, 0);
    bytes[14] = number;
    return bytes;
}

std::vector<machine::Arrival> frames_at(LinkOutside& link, std::uint64_t now_ns) {
    std::vector<machine::Arrival> arrived;
    link.poll(now_ns, arrived);
    EXPECT_EQ(std::erase_if(arrived, [](auto const& a) { return a.kind == machine::InputKind::console; }), 1u)
        << "keys take no time";
    return arrived;
}

TEST(LinkOutside, frames_take_the_links_time_both_ways) {
    Script script;
    LinkOutside link(script, parse_properties("delay=20ms"), 1);
    script.to_give = {frame(1), frame(2)};
    EXPECT_TRUE(frames_at(link, 1'000'000).empty());
    EXPECT_EQ(link.wait(1'000'000, std::nullopt), 21'000'000u) << "a sleeping guest wakes for them";
    EXPECT_EQ(link.wait(1'000'000, 5'000'000), 5'000'000u);
    EXPECT_TRUE(frames_at(link, 20'999'999).empty());
    auto const two = frames_at(link, 21'000'000);
    ASSERT_EQ(two.size(), 2u);
    EXPECT_EQ(two[1].bytes, frame(2));

    link.output(30'000'000, "net0", machine::OutputKind::frame, frame(3));
    EXPECT_TRUE(script.taken.empty());
    EXPECT_EQ(link.wait(30'000'000, std::nullopt), 50'000'000u);
    frames_at(link, 50'000'000);
    ASSERT_EQ(script.taken.size(), 1u);
    EXPECT_EQ(script.taken[0].second, frame(3));
    std::uint8_t const letter = 'x';
    link.output(50'000'000, "uart0", machine::OutputKind::console, {&letter, 1});
    EXPECT_EQ(script.taken.size(), 2u) << "the serial line is no link";
}

TEST(LinkOutside, says_what_becomes_of_each_frame) {
    Script script;
    LinkOutside link(script, parse_properties("delay=20ms,loss=40%"), 1);
    FrameFates fates;
    link.tell(&fates);
    unsigned lost = 0;
    for (std::uint8_t i = 0; i < 40; ++i) {
        fates.sent.clear();
        link.output(i, "net0", machine::OutputKind::frame, frame(i));
        EXPECT_EQ(fates.sent, link.out().lost() > lost ? "lost" : "arrives 20ms later");
        lost = static_cast<unsigned>(link.out().lost());
        script.to_give.push_back(frame(i));
    }
    EXPECT_GT(lost, 5u);
    EXPECT_LT(lost, 35u);
    EXPECT_TRUE(frames_at(link, 1'000'000).empty());
    EXPECT_EQ(fates.lost.size(), link.in().lost());
    EXPECT_GT(fates.lost.size(), 5u);
    EXPECT_EQ(fates.lost[0].at_ns, 1'000'000u);
    EXPECT_EQ(fates.lost[0].fate, "lost");
    std::size_t const arrived = frames_at(link, 21'000'000).size();
    EXPECT_EQ(fates.arrived, std::deque<std::string>(arrived, "under way for 20ms"));
    EXPECT_EQ(arrived + fates.lost.size(), 40u);
}

TEST(LinkOutside, losses_follow_from_the_seed) {
    auto const survivors = [](std::uint64_t seed) {
        Script script;
        LinkOutside link(script, parse_properties("delay=1us,loss=20%"), seed);
        for (unsigned i = 0; i < 200; ++i) script.to_give.push_back(frame(static_cast<std::uint8_t>(i)));
        std::vector<std::uint8_t> numbers;
        frames_at(link, 0);
        for (auto const& one : frames_at(link, 1'000'000)) numbers.push_back(one.bytes[14]);
        return numbers;
    };
    EXPECT_EQ(survivors(1), survivors(1));
    EXPECT_NE(survivors(1), survivors(2));
    EXPECT_GT(survivors(1).size(), 130u);
    EXPECT_LT(survivors(1).size(), 190u);
}

}  // namespace
}  // namespace sim::links
