// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/page_heat.hpp"

#include <gtest/gtest.h>

#include <array>

#include "simulator/debug/session.hpp"
#include "simulator/debug/text.hpp"
#include "tests/fakes/script_machine.hpp"

namespace sim::debug {
namespace {

using machine::Checkpoint;
using machine::CheckpointStore;
using machine::Moment;
using machine::PhysicalMemory;

// A memory that is written by hand, and its checkpoints.
class Life {
public:
    void write(machine::PageNumber page) {
        std::uint8_t const byte[] = {++value_};
        ram.write(page * machine::page_bytes + 8, byte);
    }
    std::shared_ptr<Checkpoint> picture(std::uint64_t retired) {
        auto c = std::make_shared<Checkpoint>();
        c->at = {retired, 0};
        c->virtual_ns = retired * 10;
        c->ram = ram.capture();
        return c;
    }
    void checkpoint(std::uint64_t retired) { store.add(picture(retired)); }

    PhysicalMemory ram{4 << 20, 7};
    CheckpointStore store;
    HeatReader reader;

private:
    std::uint8_t value_ = 0;
};

TEST(PageHeat, tells_the_newest_stretch_in_which_a_page_changed) {
    Life life;
    life.write(3);
    life.checkpoint(0);  // what the loader left is no change
    life.write(5);
    life.write(900);
    life.checkpoint(100);
    life.write(5);
    life.checkpoint(200);
    auto const heat = life.reader.read(life.store, *life.picture(200));
    ASSERT_EQ(heat->stretches.size(), 2u);
    EXPECT_EQ(heat->last_change(3), nullptr);
    ASSERT_NE(heat->last_change(5), nullptr);
    EXPECT_EQ(heat->last_change(5)->from, (Moment{100, 0}));
    EXPECT_EQ(heat->last_change(5)->to_ns, 2000u);
    ASSERT_NE(heat->last_change(900), nullptr);
    EXPECT_EQ(heat->last_change(900)->to, (Moment{100, 0}));
    EXPECT_TRUE(heat->changed_since(5, 1000));
    EXPECT_FALSE(heat->changed_since(900, 1000));
    EXPECT_EQ(heat->last_change(1 << 20), nullptr) << "no RAM there";
}

TEST(PageHeat, what_came_after_the_last_checkpoint_is_told_too) {
    Life life;
    life.checkpoint(0);
    life.write(5);
    auto heat = life.reader.read(life.store, *life.picture(40));
    ASSERT_NE(heat->last_change(5), nullptr);
    EXPECT_EQ(heat->last_change(5)->to, (Moment{40, 0}));
    life.checkpoint(100);
    heat = life.reader.read(life.store, *life.picture(100));
    EXPECT_EQ(heat->stretches.size(), 1u) << "that stretch ends with the checkpoint now";
    EXPECT_EQ(heat->last_change(5)->to, (Moment{100, 0}));
}

TEST(PageHeat, what_is_put_back_has_not_changed) {
    Life life;
    life.checkpoint(0);
    std::array<std::uint8_t, 1> old{};
    life.ram.read(5 * machine::page_bytes + 8, old);
    life.write(5);
    life.ram.write(5 * machine::page_bytes + 8, old);
    life.checkpoint(100);
    EXPECT_EQ(life.reader.read(life.store, *life.picture(100))->last_change(5), nullptr);
}

TEST(PageHeat, is_asked_for_an_earlier_time_or_a_later_one) {
    Life life;
    life.checkpoint(0);
    life.write(1);
    life.checkpoint(100);
    auto const here = life.picture(150);
    life.write(2);
    life.checkpoint(200);
    life.write(3);
    life.checkpoint(300);
    auto heat = life.reader.read(life.store, *here);
    EXPECT_NE(heat->last_change(1), nullptr);
    EXPECT_EQ(heat->last_change(3), nullptr) << "that comes later";
    heat = life.reader.read(life.store, *here, 2500);
    ASSERT_NE(heat->last_change(3), nullptr) << "the stretch that holds this time counts whole";
    EXPECT_EQ(heat->stretches.size(), 3u);
    heat = life.reader.read(life.store, *here, 1000);
    EXPECT_EQ(heat->stretches.size(), 1u);
    EXPECT_EQ(heat->last_change(2), nullptr);
}

TEST(PageHeat, goes_on_from_what_it_knows_and_says_the_same_as_from_the_beginning) {
    Life life;
    for (unsigned i = 0; i < 40; ++i) {
        life.write(i * 37 % 1000);
        life.write(i % 5);
        life.checkpoint(i * 100);
        auto const now = life.picture(i * 100);
        auto const step_by_step = life.reader.read(life.store, *now);
        HeatReader fresh;
        auto const at_once = fresh.read(life.store, *now);
        ASSERT_EQ(step_by_step->newest, at_once->newest) << i;
        ASSERT_EQ(step_by_step->stretches.size(), i);
    }
    // Another future with checkpoints at the same moments.
    life.store.forget_after({1000, 0});
    life.ram.restore(life.store.at_or_before({1000, 0})->ram, [](machine::PageNumber) {});
    life.write(777);
    for (unsigned i = 11; i < 40; ++i) life.checkpoint(i * 100);
    auto const other = life.reader.read(life.store, *life.picture(3900));
    ASSERT_NE(other->last_change(777), nullptr);
    EXPECT_EQ(other->last_change(777)->to, (Moment{1100, 0}));
    HeatReader fresh;
    EXPECT_EQ(other->newest, fresh.read(life.store, *life.picture(3900))->newest);
}

TEST(Session, tells_which_pages_changed_when_it_is_asked) {
    Session session(script::subject());
    session.perform(SeekTo{{2000, 0}});
    EXPECT_EQ(session.snapshot()->heat, nullptr);
    ViewRequest request;
    request.heat = true;
    session.request(request);
    session.advance();
    auto s = session.snapshot();
    ASSERT_NE(s->heat, nullptr);
    ASSERT_NE(s->heat->last_change(4), nullptr) << "the script writes to 0x4000";
    EXPECT_NE(s->heat->last_change(5), nullptr);
    EXPECT_EQ(s->heat->last_change(6), nullptr);
    EXPECT_GT(s->heat->last_change(4)->to_ns, s->heat->stretches[0].to_ns);
    std::string const text = *print_view(*s, "heat");
    EXPECT_NE(text.find("2 of 256 pages"), std::string::npos) << text;
    EXPECT_NE(text.find("0x000000004000"), std::string::npos) << text;
    EXPECT_NE(print_view_json(*s, "heat")->find("\"first\": 4"), std::string::npos);

    s = session.perform(SeekTo{{3, 0}});
    EXPECT_EQ(s->heat->last_change(4), nullptr) << "that comes later";
    request.heat_until_ns = 1200;
    session.request(request);
    session.advance();
    EXPECT_NE(session.snapshot()->heat->last_change(4), nullptr);
}

}  // namespace
}  // namespace sim::debug
