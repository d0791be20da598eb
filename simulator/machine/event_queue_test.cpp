// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/event_queue.hpp"

#include <gtest/gtest.h>

namespace sim::machine {
namespace {

TEST(EventQueue, ties_go_to_the_one_armed_first) {
    EventQueue queue;
    queue.arm(7, 0, 100);
    queue.arm(3, 0, 100);
    queue.arm(5, 0, 50);
    EXPECT_EQ(queue.pop_due(100)->device, 5u);
    EXPECT_EQ(queue.pop_due(100)->device, 7u);
    EXPECT_EQ(queue.pop_due(100)->device, 3u);
    EXPECT_FALSE(queue.pop_due(100));
}

TEST(EventQueue, nothing_fires_before_its_deadline) {
    EventQueue queue;
    queue.arm(1, 0, 100);
    EXPECT_FALSE(queue.pop_due(99));
    EXPECT_TRUE(queue.pop_due(100));
}

TEST(EventQueue, arming_again_moves_the_timer) {
    EventQueue queue;
    queue.arm(1, 4, 100);
    queue.arm(1, 4, 300);
    EXPECT_FALSE(queue.pop_due(299));
    EXPECT_EQ(queue.pop_due(300)->timer, 4u);
    queue.arm(1, 4, 400);
    queue.disarm(1, 4);
    EXPECT_FALSE(queue.first());
}

TEST(EventQueue, a_loaded_queue_breaks_ties_like_the_saved_one) {
    EventQueue queue;
    queue.arm(2, 0, 100);
    queue.arm(1, 0, 100);
    StateWriter writer;
    queue.save(writer);

    EventQueue loaded;
    loaded.arm(9, 9, 9);  // must be forgotten
    StateReader reader(writer.bytes());
    loaded.load(reader);
    reader.finish();
    loaded.arm(0, 0, 100);  // gets the same number as it would in the saved queue
    EXPECT_EQ(loaded.pop_due(100)->device, 2u);
    EXPECT_EQ(loaded.pop_due(100)->device, 1u);
    EXPECT_EQ(loaded.pop_due(100)->device, 0u);
}

TEST(EventQueue, a_state_with_one_timer_twice_is_refused) {
    StateWriter writer;
    writer("next_number", std::uint64_t{2});
    writer("events", std::vector<Event>{{10, 0, 1, 1}, {20, 1, 1, 1}});
    EventQueue queue;
    StateReader reader(writer.bytes());
    EXPECT_THROW(queue.load(reader), StateError);
}

}  // namespace
}  // namespace sim::machine
