// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/model.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "visualizer/model/place.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::model {
namespace {

using sim::debug::Event;
using sim::debug::EventGroup;

TEST(Model, counts_what_happened_until_now_and_not_what_follows) {
    Model model;
    auto now = testing::sample_snapshot(2);
    model.update(now);
    EXPECT_EQ(model.tally().requests, 1u) << "the second one is being answered";
    auto later = std::make_shared<sim::debug::Snapshot>(*now);
    later->moment = later->end;
    later->virtual_ns = later->end_ns;
    model.update(later);
    EXPECT_EQ(model.tally().requests, 2u);
    auto earlier = std::make_shared<sim::debug::Snapshot>(*now);
    earlier->moment = {1, 0};
    model.update(earlier);
    EXPECT_EQ(model.tally().requests, 0u) << "going back takes them away";
    EXPECT_EQ(model.tally().packets_in, 0u);
}

TEST(Model, milestones_are_reached_one_after_the_other) {
    Model model;
    auto now = testing::sample_snapshot(1);
    auto start = std::make_shared<sim::debug::Snapshot>(*now);
    start->moment = {};
    model.update(start);
    EXPECT_EQ(std::ranges::count_if(model.milestones(), &Milestone::reached), 1) << "power on";
    now->moment = now->end;
    model.update(now);
    for (auto const& m : model.milestones()) EXPECT_TRUE(m.reached) << m.title;
}

TEST(Model, a_thread_keeps_its_colour_and_the_idle_one_is_quiet) {
    Model model;
    auto now = testing::sample_snapshot(1);
    model.update(now);
    Theme const& t = dark_theme();
    auto const& threads = now->kernel.threads;
    EXPECT_EQ(threads[0].name, "idle");
    EXPECT_EQ(model.thread_colour(threads[1].address, t), t.of_thread(0));
    EXPECT_EQ(model.thread_colour(threads[2].address, t), t.of_thread(1));
    EXPECT_LT(contrast(model.thread_colour(threads[0].address, t), t.pane), contrast(t.of_thread(0), t.pane));
    auto next = testing::sample_snapshot(2);
    Colour before = model.thread_colour(threads[3].address, t);
    model.update(next);
    EXPECT_EQ(model.thread_colour(threads[3].address, t), before);
}

TEST(Model, packets_are_decoded_with_their_direction) {
    Model model;
    auto now = testing::sample_snapshot(1);
    model.update(now);
    ASSERT_EQ(model.packet_count(), 9u);
    EXPECT_TRUE(model.packet(0).outward);
    EXPECT_EQ(model.packet(0).decoded.protocol, sim::debug::Protocol::arp);
    EXPECT_FALSE(model.packet(1).outward);
    EXPECT_EQ(model.packet_index_of(model.packet(3).event), 3u);
    EXPECT_EQ(model.packet_index_of(0), std::nullopt);
    for (std::uint64_t i = 0; i < model.packet_count(); ++i) EXPECT_FALSE(model.packet(i).decoded.bad) << i;
}

TEST(Model, packets_that_are_forgotten_are_neither_counted_nor_gone_to) {
    sim::debug::EventIndex index(2048);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        Event e;
        e.at = {i, 0};
        e.virtual_ns = i;
        e.kind = i % 100 == 0 ? sim::debug::EventKind::packet_in : sim::debug::EventKind::thread_switch;
        e.a = i;
        index.add(e);
    }
    auto now = std::make_shared<sim::debug::Snapshot>();
    now->events = index.view();
    now->end = now->moment = {20'000, 0};
    now->end_ns = now->virtual_ns = 20'000;
    Model model;
    model.update(now);
    ASSERT_GT(model.packet_count(), 0u);
    EXPECT_LT(model.packet_count(), 40u);
    EXPECT_TRUE(now->events.all.holds(model.packet(0).event));
    Entity const oldest{EntityKind::packet, model.packet(0).event, 0};
    std::uint64_t const number = model.packet_number(0);
    EXPECT_EQ(oldest.id, (number - 1) * 100) << "counted with those before it";
    EXPECT_EQ(name_of(oldest, model).rfind(fmt::format("packet {}, ", number), 0), 0u);
    EXPECT_EQ(model.running_thread_at(1), 0u) << "nobody knows any more";
    auto const found = find_place(fmt::format("packet:{}", number), *now);
    ASSERT_TRUE(std::holds_alternative<EventPlace>(found));
    EXPECT_EQ(std::get<EventPlace>(found).number, oldest.id);
    for (std::uint64_t gone : {std::uint64_t{1}, number - 1})
        EXPECT_NE(
            std::get<NoSuchPlace>(find_place(fmt::format("packet:{}", gone), *now)).why.find("no longer"),
            std::string::npos);
}

TEST(Model, knows_who_ran_at_a_time) {
    Model model;
    auto now = testing::sample_snapshot(1);
    model.update(now);
    auto const& switches = now->events.group(EventGroup::switches);
    Event const& first = now->events.all[switches[0]];
    EXPECT_EQ(model.running_thread_at(first.virtual_ns - 1), 0u);
    EXPECT_EQ(model.running_thread_at(first.virtual_ns), first.b);
    EXPECT_EQ(model.thread_name(0), "nobody");
}

TEST(Request, asks_only_for_what_is_on_the_screen) {
    ViewState state;
    sim::engine::CpuState cpu;
    cpu[sim::engine::Gpr::rsp] = 0x123456;
    auto all = request_for(layout_of(Perspective::memory), state, cpu);
    EXPECT_TRUE(all.walk);
    ASSERT_EQ(all.memory.size(), 1u);
    EXPECT_LE(all.memory[0].address, 0x123456u);
    EXPECT_GT(all.memory[0].address + all.memory[0].length, 0x123456u);
    auto little = request_for(layout_of(ViewId::console), state, cpu);
    EXPECT_FALSE(little.walk);
    EXPECT_TRUE(little.memory.empty());
    EXPECT_FALSE(little.devices);
    EXPECT_FALSE(little.disassembly);
}

TEST(Names, stand_in_place_of_addresses_that_have_one) {
    Model model;
    model.update(testing::sample_snapshot());
    EXPECT_EQ(model.with_names("0xffffffff80240000 by network"), "log lock by network");
    EXPECT_EQ(model.with_names("status 0x20 at 0xdeadbeef00, 0x"), "status 0x20 at 0xdeadbeef00, 0x");
    EXPECT_EQ(model.with_names(""), "");
    EXPECT_EQ(model.with_names("0xffffffffffffffffffff"), "0xffffffffffffffffffff") << "too long for one";
}

TEST(Names, tell_a_packet_by_its_protocol_once) {
    Model model;
    model.update(testing::sample_snapshot());
    bool seen = false;
    for (std::uint64_t i = 0; i < model.packet_count(); ++i) {
        std::string const name = name_of(Entity{EntityKind::packet, model.packet(i).event, 0}, model);
        EXPECT_EQ(name.find("HTTP HTTP"), std::string::npos) << name;
        seen |= name.find(", HTTP: HTTP/1.1 200 OK") != std::string::npos;
    }
    EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace viz::model
