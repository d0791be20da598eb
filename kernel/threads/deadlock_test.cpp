// SPDX-License-Identifier: MIT
#include "kernel/threads/deadlock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/threads/log_capture.hpp"
#include "kernel/threads/mutex_under_test.hpp"

namespace threads {
namespace {

using testing::HasSubstr;

class Deadlock : public testing::Test {
protected:
    void SetUp() override {
        set_up(ann, "ann");
        set_up(ben, "ben");
        set_up(cat, "cat");
    }
    Thread ann, ben, cat;
    MutexUnderTest left{"left"}, right{"right"};
};

TEST_F(Deadlock, a_line_is_no_circle) {
    left.give_to(ben);
    left.wait(ann);
    right.give_to(cat);
    right.wait(ben);
    EXPECT_EQ(waits_for(ann), &ben);
    EXPECT_EQ(waits_for(cat), nullptr);
    EXPECT_FALSE(waits_in_a_circle(ann));
    LogCapture log;
    report_circle_if_any(ann);
    EXPECT_EQ(log.text(), "");
}

TEST_F(Deadlock, a_circle_of_mutexes_and_a_join_is_found_and_told_with_lines) {
    left.give_to(ben, 10);
    left.wait(ann, 11);
    right.give_to(cat, 20);
    right.wait(ben, 21);
    cat.joining = &ann;
    cat.waiting_at = {"joins.cpp", 30};
    for (Thread const* each : {&ann, &ben, &cat}) EXPECT_TRUE(waits_in_a_circle(*each));
    LogCapture log;
    report_circle_if_any(ann);
    EXPECT_THAT(log.text(),
                HasSubstr("'ann' waits at waits.cpp:11 for 'left', which 'ben' took at taken.cpp:10"));
    EXPECT_THAT(log.text(),
                HasSubstr("'ben' waits at waits.cpp:21 for 'right', which 'cat' took at taken.cpp:20"));
    EXPECT_THAT(log.text(), HasSubstr("'cat' waits at joins.cpp:30 for the end of 'ann'"));
}

TEST_F(Deadlock, a_thread_may_wait_for_itself) {
    left.give_to(ann);
    left.wait(ann);
    EXPECT_TRUE(waits_in_a_circle(ann));
}

TEST_F(Deadlock, a_wait_with_a_deadline_ends_by_itself) {
    left.give_to(ben);
    left.wait(ann);
    right.give_to(ann);
    right.wait(ben);
    ben.deadline = base::Instant::from_boot(base::Duration::seconds(1));
    EXPECT_FALSE(waits_in_a_circle(ann));
    EXPECT_FALSE(waits_in_a_circle(ben));
}

TEST_F(Deadlock, waiting_for_a_circle_of_others_ends_the_search) {
    left.give_to(ben);
    left.wait(cat);
    right.give_to(cat);
    right.wait(ben);
    ann.joining = &ben;
    EXPECT_FALSE(waits_in_a_circle(ann));
    EXPECT_TRUE(waits_in_a_circle(ben));
}

TEST_F(Deadlock, a_writer_waits_for_every_reader) {
    RwLockUnderTest library("library");
    library.read(ben);
    library.read(cat);
    library.wait_to_write(ann);
    EXPECT_EQ(waits_for(ann, 0), &ben);
    EXPECT_EQ(waits_for(ann, 1), &cat);
    EXPECT_EQ(waits_for(ann, 2), nullptr);
    EXPECT_FALSE(waits_in_a_circle(ann));
    library.leave(ben);
    EXPECT_EQ(waits_for(ann, 0), &cat);
    EXPECT_EQ(waits_for(ann, 1), nullptr);
}

TEST_F(Deadlock, a_circle_through_the_second_reader_is_found_and_told) {
    RwLockUnderTest library("library");
    library.read(ben, 10);
    library.read(cat, 20);
    left.give_to(ann, 30);
    library.wait_to_write(ann, 31);
    left.wait(cat, 21);
    for (Thread const* each : {&ann, &cat}) EXPECT_TRUE(waits_in_a_circle(*each)) << each->name;
    EXPECT_FALSE(waits_in_a_circle(ben));
    LogCapture log;
    report_circle_if_any(ann);
    EXPECT_THAT(
        log.text(),
        HasSubstr("'ann' waits at writes.cpp:31 for 'library', which 'cat' reads under at reads.cpp:20"));
    EXPECT_THAT(log.text(),
                HasSubstr("'cat' waits at waits.cpp:21 for 'left', which 'ann' took at taken.cpp:30"));
    EXPECT_THAT(log.text(), testing::Not(HasSubstr("'ben'")));
}

TEST_F(Deadlock, a_writer_that_reads_itself_waits_for_itself) {
    RwLockUnderTest library("library");
    library.read(ann);
    library.wait_to_write(ann);
    EXPECT_TRUE(waits_in_a_circle(ann));
}

// Every way is looked at once, however the circles of others are entangled.
TEST_F(Deadlock, the_search_ends_among_circles_of_others) {
    RwLockUnderTest one("one"), two("two");
    for (Thread* each : {&ben, &cat}) one.read(*each), two.read(*each);
    one.wait_to_write(ben);
    two.wait_to_write(cat);
    ann.joining = &ben;
    EXPECT_FALSE(waits_in_a_circle(ann));
    EXPECT_TRUE(waits_in_a_circle(cat));
}

// All threads of a machine, as the scheduler lists them.
class Standstill : public Deadlock {
protected:
    void SetUp() override {
        Deadlock::SetUp();
        set_up(idle, "idle");
        idle.state = ThreadState::blocked;
        std::uint32_t id = 0;
        for (Thread* const each : {&idle, &ann, &ben, &cat}) {
            each->id = id++;
            all.push_back(*each);
        }
        ann.state = ben.state = cat.state = ThreadState::finished;
    }
    void TearDown() override {
        while (Thread* const each = all.front()) all.remove(*each);
    }
    Thread idle;
    base::List<Thread, &Thread::all_link> all;
};

TEST_F(Standstill, a_semaphore_names_whoever_took_it_last) {
    SemaphoreUnderTest first("first"), second("second"), fresh("fresh");
    first.take(ben, 10);
    second.take(ann, 20);
    first.wait(ann, 21);
    second.wait(ben, 11);
    fresh.wait(cat, 30);
    LogCapture log;
    report_all_blocked(all);
    EXPECT_THAT(log.text(), HasSubstr("'ann' waits at acquires.cpp:21\n"));
    EXPECT_THAT(log.text(), HasSubstr("for 'first', last taken by 'ben' at takes.cpp:10"));
    EXPECT_THAT(log.text(), HasSubstr("for 'second', last taken by 'ann' at takes.cpp:20"));
    EXPECT_THAT(log.text(), HasSubstr("'cat' waits at acquires.cpp:30"));
    EXPECT_THAT(log.text(), testing::Not(HasSubstr("'fresh'"))) << "nobody took it";
}

TEST_F(Standstill, a_thread_that_took_and_ended_is_not_looked_for_in_its_memory) {
    SemaphoreUnderTest gate("gate");
    {
        Thread gone;
        set_up(gone, "gone");
        gone.id = 17;
        gate.take(gone, 40);
    }
    gate.wait(ann);
    LogCapture log;
    report_all_blocked(all);
    EXPECT_THAT(log.text(), HasSubstr("for 'gate', last taken by 'a thread that has ended' at takes.cpp:40"));
}

TEST_F(Standstill, no_device_ends_a_wait_for_locks_and_threads) {
    WaitQueue condition{WaitQueue::Waker::threads};
    left.give_to(ben);
    left.wait(ann);
    ben.joining = &ann;
    ben.waiting_at = {"joins.cpp", 1};
    ben.state = ThreadState::blocked;
    condition.enlist(cat);
    cat.waiting_at = {"waits.cpp", 2};
    cat.state = ThreadState::blocked;
    EXPECT_TRUE(only_threads_can_wake(all));
    condition.leave(cat);
}

TEST_F(Standstill, an_interrupt_may_end_a_wait_for_an_event_or_a_semaphore) {
    SemaphoreUnderTest work("work");
    left.give_to(ben);
    left.wait(ann);
    work.wait(ben);
    EXPECT_FALSE(only_threads_can_wake(all));
}

TEST_F(Standstill, somebody_may_end_a_sleep_without_end) {
    ann.waiting_at = {"sleeps.cpp", 1};
    ann.state = ThreadState::blocked;
    EXPECT_FALSE(only_threads_can_wake(all));
}

TEST_F(Deadlock, more_readers_than_are_known_do_no_harm) {
    RwLockUnderTest library("library");
    Thread many[RwLock::known_readers + 2];
    for (Thread& each : many) library.read(each);
    library.wait_to_write(ann);
    EXPECT_EQ(waits_for(ann, RwLock::known_readers), nullptr);
    for (Thread const& each : many) library.leave(each);
    EXPECT_EQ(waits_for(ann, 0), nullptr);
}

}  // namespace
}  // namespace threads
