// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/host_outside.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace sim::links {
namespace {

using namespace std::chrono_literals;

// Remembers what it was asked for, and never sleeps.
struct ScriptedLink final : Link {
    std::deque<Frame> to_card;
    std::vector<Frame> sent;
    std::vector<std::chrono::nanoseconds> waits;

    void send(std::span<std::uint8_t const> frame) override { sent.emplace_back(frame.begin(), frame.end()); }
    std::optional<Frame> receive() override {
        if (to_card.empty()) return std::nullopt;
        Frame frame = std::move(to_card.front());
        to_card.pop_front();
        return frame;
    }
    bool wait(std::chrono::nanoseconds at_most) override {
        waits.push_back(at_most);
        return !to_card.empty();
    }
    void wake() override {}
};

struct HostOutsideTest : testing::Test {
    ScriptedLink* link = new ScriptedLink;
    HostOutside outside{std::unique_ptr<Link>(link), "net0"};
    static constexpr std::uint64_t hour = 3'600'000'000'000;
};

TEST_F(HostOutsideTest, frames_arrive_at_the_card_in_order) {
    link->to_card = {{1}, {2, 2}};
    outside.resume(0);
    std::vector<machine::Arrival> arrived;
    outside.poll(0, arrived);
    ASSERT_EQ(arrived.size(), 2u);
    EXPECT_EQ(arrived[0].target, "net0");
    EXPECT_EQ(arrived[0].kind, machine::InputKind::frame);
    EXPECT_EQ(arrived[1].bytes, (std::vector<std::uint8_t>{2, 2}));
}

TEST_F(HostOutsideTest, a_flood_is_handed_over_in_portions) {
    link->to_card.assign(100, Frame{1});
    outside.resume(0);
    std::vector<machine::Arrival> arrived;
    outside.poll(0, arrived);
    EXPECT_EQ(arrived.size(), 32u);
    EXPECT_EQ(link->to_card.size(), 68u);
}

TEST_F(HostOutsideTest, frames_of_the_card_leave_and_console_bytes_do_not) {
    std::uint8_t const bytes[] = {1, 2, 3};
    outside.output(0, "net0", machine::OutputKind::frame, bytes);
    outside.output(0, "uart0", machine::OutputKind::console, bytes);
    EXPECT_EQ(link->sent, (std::vector<Frame>{{1, 2, 3}}));
}

TEST_F(HostOutsideTest, virtual_time_ahead_of_the_host_is_waited_for_in_short_steps) {
    outside.resume(0);
    std::vector<machine::Arrival> arrived;
    outside.poll(hour, arrived);
    ASSERT_EQ(link->waits.size(), 1u);
    EXPECT_GT(link->waits[0], 0ns);
    EXPECT_LE(link->waits[0], 5ms);
}

TEST_F(HostOutsideTest, virtual_time_behind_the_host_is_not_held_up) {
    outside.resume(hour);
    std::vector<machine::Arrival> arrived;
    outside.poll(0, arrived);
    EXPECT_EQ(link->waits.at(0), 0ns);
}

TEST_F(HostOutsideTest, halt_ends_at_the_deadline_when_the_host_is_past_it) {
    outside.resume(hour);
    EXPECT_EQ(outside.wait(0, hour / 2), hour / 2);
    EXPECT_TRUE(link->waits.empty());
}

TEST_F(HostOutsideTest, halt_never_passes_the_hosts_time_nor_goes_back) {
    outside.resume(0);
    auto const reached = outside.wait(0, hour);
    ASSERT_TRUE(reached);
    EXPECT_LT(*reached, hour);
    EXPECT_LE(link->waits.at(0), 5ms);
    EXPECT_EQ(outside.wait(hour, std::nullopt), hour);
}

}  // namespace
}  // namespace sim::links
