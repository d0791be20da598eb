// SPDX-License-Identifier: MIT
#include "kernel/threads/lock_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "kernel/threads/log_capture.hpp"
#include "kernel/threads/mutex_under_test.hpp"

namespace threads {
namespace {

using testing::HasSubstr;

class Order : public testing::Test {
protected:
    void SetUp() override {
        set_up(ann, "ann");
        set_up(ben, "ben");
    }
    // Holding `held`, the thread asks for `wanted`.
    void nest(Thread& thread, MutexUnderTest& held, MutexUnderTest& wanted, int line = 1) {
        held.give_to(thread, line);
        order.ask(thread, wanted.mutex, {"asks.cpp", line + 1});
        held.give_up();
    }
    Thread ann, ben;
    MutexUnderTest a{"a"}, b{"b"}, c{"c"};
    LockOrder order;
    LogCapture log;
};

TEST_F(Order, the_same_order_is_silent_however_often) {
    for (int i = 0; i < 100; ++i) {
        nest(ann, a, b);
        nest(ben, b, c);
        nest(ben, a, c);
    }
    EXPECT_EQ(order.contradictions(), 0u);
    EXPECT_EQ(log.text(), "");
}

TEST_F(Order, the_other_way_round_is_told_once_with_the_lines_of_both) {
    nest(ann, a, b, 10);
    nest(ben, b, a, 20);
    nest(ben, b, a, 20);
    EXPECT_EQ(order.contradictions(), 1u);
    EXPECT_THAT(log.text(),
                HasSubstr("'ben' asks for 'a' at asks.cpp:21 while it holds 'b' of taken.cpp:20"));
    EXPECT_THAT(log.text(),
                HasSubstr("'ann' asked for 'b' at asks.cpp:11 while it held 'a' of taken.cpp:10"));
}

TEST_F(Order, a_circle_of_three_is_one_too) {
    nest(ann, a, b);
    nest(ann, b, c);
    EXPECT_EQ(order.contradictions(), 0u);
    nest(ben, c, a);
    EXPECT_EQ(order.contradictions(), 1u);
}

TEST_F(Order, a_reported_order_accuses_no_other) {
    nest(ann, a, b);
    nest(ann, b, a);  // reported
    nest(ann, b, c);
    nest(ann, c, b);  // reported: b before c
    nest(ann, c, a);  // only "b before a", which was wrong, would forbid it: a -> b -> c does
    EXPECT_EQ(order.contradictions(), 3u);
    MutexUnderTest d{"d"};
    nest(ann, d, a);
    nest(ann, d, b);
    EXPECT_EQ(order.contradictions(), 3u);
}

TEST_F(Order, a_new_mutex_at_the_same_address_is_another_one) {
    for (int i = 0; i < 2; ++i) {
        MutexUnderTest short_lived{"short"};
        i == 0 ? nest(ann, a, short_lived) : nest(ann, short_lived, a);
    }
    EXPECT_EQ(order.contradictions(), 0u);
}

TEST_F(Order, who_reads_holds_the_lock_too) {
    RwLockUnderTest library{"library"};
    library.read(ann, 10);
    order.ask(ann, a.mutex, {"asks.cpp", 11});
    library.leave(ann);
    EXPECT_EQ(order.contradictions(), 0u);
    a.give_to(ben, 20);
    order.ask(ben, library.lock.gate(), {"asks.cpp", 21});
    EXPECT_EQ(order.contradictions(), 1u);
    EXPECT_THAT(log.text(),
                HasSubstr("'ben' asks for 'library' at asks.cpp:21 while it holds 'a' of taken.cpp:20"));
    EXPECT_THAT(log.text(),
                HasSubstr("'ann' asked for 'a' at asks.cpp:11 while it held 'library' of reads.cpp:10"));
}

TEST_F(Order, what_another_thread_reads_under_is_not_held) {
    RwLockUnderTest library{"library"};
    nest(ann, a, b);
    library.read(ben);
    order.ask(ann, a.mutex, {"asks.cpp", 1});
    library.leave(ben);
    a.give_to(ann);
    order.ask(ann, library.lock.gate(), {"asks.cpp", 2});
    EXPECT_EQ(order.contradictions(), 0u);
}

TEST_F(Order, to_read_twice_is_told_once) {
    RwLockUnderTest library{"library"};
    library.read(ann, 10);
    for (int i = 0; i < 2; ++i) order.ask(ann, library.lock.gate(), {"asks.cpp", 11});
    EXPECT_EQ(order.contradictions(), 1u);
    EXPECT_THAT(
        log.text(),
        HasSubstr("'ann' asks for 'library' at asks.cpp:11 while it holds 'library' of reads.cpp:10"));
    EXPECT_THAT(log.text(), HasSubstr("a writer that comes in between would be a deadlock"));
}

TEST_F(Order, it_forgets_the_oldest_and_never_grows) {
    std::deque<MutexUnderTest> many;
    for (unsigned i = 0; i < 3 * LockOrder::max_edges; ++i) nest(ann, a, many.emplace_back("many"));
    nest(ann, many.back(), a);
    EXPECT_EQ(order.contradictions(), 1u);
    nest(ann, many.front(), a);
    EXPECT_EQ(order.contradictions(), 1u) << "forgotten";
}

}  // namespace
}  // namespace threads
