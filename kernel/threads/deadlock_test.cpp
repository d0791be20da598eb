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
    report_circle(ann);
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

}  // namespace
}  // namespace threads
