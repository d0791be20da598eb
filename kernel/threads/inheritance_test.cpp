// SPDX-License-Identifier: MIT
#include "kernel/threads/inheritance.hpp"

#include <gtest/gtest.h>

#include "kernel/threads/mutex_under_test.hpp"
#include "kernel/threads/round_robin.hpp"

namespace threads {
namespace {

// Counts who was moved in the queue.
struct Moves final : Policy {
    std::string_view word() const override { return "test"; }
    void add(Thread&, Arrival) override {}
    bool preempts(Thread const&, Thread const&) const override { return false; }
    void reposition(Thread& thread) override { moved.push_back(&thread); }
    std::vector<Thread*> moved;
};

class Inheritance : public testing::Test {
protected:
    void SetUp() override {
        set_up(low, "low", 1);
        set_up(middle, "middle", 10);
        set_up(high, "high", 20);
    }
    Thread low, middle, high;
    MutexUnderTest a{"a"}, b{"b"};
    Moves policy;
};

TEST_F(Inheritance, the_holder_is_as_urgent_as_who_waits_until_it_lets_go) {
    a.give_to(low);
    low.state = ThreadState::ready;
    a.wait(high);
    update_priorities(low, policy);
    EXPECT_EQ(low.priority, 20);
    EXPECT_EQ(policy.moved, std::vector<Thread*>{&low});
    a.stop_waiting(high);
    a.give_to(high);
    update_priorities(low, policy);
    EXPECT_EQ(low.priority, 1);
    EXPECT_EQ(high.priority, 20);
}

TEST_F(Inheritance, it_is_transitive) {
    b.give_to(low);
    b.wait(middle);
    a.give_to(middle);
    a.wait(high);
    update_priorities(middle, policy);
    EXPECT_EQ(middle.priority, 20);
    EXPECT_EQ(low.priority, 20) << "through middle, which waits for b";
    a.stop_waiting(high);  // its time was up
    update_priorities(middle, policy);
    EXPECT_EQ(middle.priority, 10);
    EXPECT_EQ(low.priority, 10);
}

TEST_F(Inheritance, of_several_mutexes_and_waiters_the_most_urgent_counts) {
    a.give_to(low);
    b.give_to(low);
    a.wait(middle);
    b.wait(high);
    update_priorities(low, policy);
    EXPECT_EQ(low.priority, 20);
    b.stop_waiting(high);
    b.give_up();
    update_priorities(low, policy);
    EXPECT_EQ(low.priority, 10) << "middle still waits for a";
}

TEST_F(Inheritance, a_circle_does_not_go_on_for_ever) {
    a.give_to(low);
    b.give_to(middle);
    a.wait(middle);
    b.wait(low);
    update_priorities(low, policy);
    EXPECT_EQ(low.priority, 10);
}

TEST_F(Inheritance, readers_hurry_for_a_writer_until_they_leave) {
    RwLockUnderTest lock("lock");
    lock.read(low);
    lock.read(middle);
    lock.wait_to_write(high);
    update_priorities(low, policy);
    update_priorities(middle, policy);
    EXPECT_EQ(low.priority, 20);
    EXPECT_EQ(middle.priority, 20);
    lock.leave(low);
    update_priorities(low, policy);
    EXPECT_EQ(low.priority, 1);
    EXPECT_EQ(middle.priority, 20) << "still reads";
    lock.stop_waiting(high);
    update_priorities(middle, policy);
    EXPECT_EQ(middle.priority, 10);
    lock.leave(middle);
}

TEST_F(Inheritance, who_waits_behind_a_writer_lends_to_all_its_readers) {
    Thread other;
    set_up(other, "other", 2);
    RwLockUnderTest lock("lock");
    lock.read(low);
    lock.read(other);
    lock.wait_to_write(middle);
    a.give_to(middle);  // as the gate of the lock
    a.wait(high);
    update_priorities(middle, policy);
    EXPECT_EQ(middle.priority, 20);
    EXPECT_EQ(low.priority, 20);
    EXPECT_EQ(other.priority, 20);
    lock.leave(low);
    lock.leave(other);
    a.give_up();
}

TEST_F(Inheritance, readers_and_writers_in_a_circle_come_to_an_end) {
    RwLockUnderTest one("one"), two("two");
    one.read(low);
    two.read(high);
    one.wait_to_write(high);
    two.wait_to_write(low);
    update_priorities(low, policy);
    EXPECT_EQ(low.priority, 20);
    EXPECT_EQ(high.priority, 20);
    one.leave(low);
    two.leave(high);
}

TEST_F(Inheritance, the_most_urgent_waits_shortest_and_equals_in_the_order_of_coming) {
    Thread other;
    set_up(other, "other", 20);
    a.wait(middle);
    a.wait(high);
    a.wait(other);
    EXPECT_EQ(a.mutex.waiting().most_urgent(), &high);
    a.stop_waiting(high);
    EXPECT_EQ(a.mutex.waiting().most_urgent(), &other);
    a.stop_waiting(other);  // it ends before the mutex
}

}  // namespace
}  // namespace threads
