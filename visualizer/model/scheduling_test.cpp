// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/scheduling.hpp"

#include <gtest/gtest.h>

#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::model {
namespace {

using sim::debug::EventIndex;
using sim::debug::EventKind;

constexpr std::uint64_t idle = 0x100, one = 0x200, other = 0x300, lock = 0x900;

class Life {
public:
    Life& at(std::uint64_t ns, EventKind kind, std::uint64_t a, std::uint64_t b = 0) {
        sim::debug::Event e;
        e.at = {ns, 0};
        e.virtual_ns = ns;
        e.kind = kind;
        e.a = a, e.b = b;
        index.add(e);
        return *this;
    }
    EventIndex index;
};

Life convoy() {
    Life life;
    life.index.name_thread(one, "one");
    life.index.name_thread(other, "other");
    life.at(0, EventKind::thread_create, idle).at(1, EventKind::thread_create, one);
    life.at(2, EventKind::thread_create, other).at(100, EventKind::thread_switch, idle, one);
    life.at(110, EventKind::lock_acquire, lock, one);
    life.at(200, EventKind::thread_switch, one, other);  // preempted: it holds the lock
    life.at(220, EventKind::lock_wait, lock, other).at(230, EventKind::thread_switch, other, one);
    life.at(400, EventKind::lock_release, lock, one).at(401, EventKind::thread_wake, other);
    life.at(500, EventKind::thread_switch, one, other).at(510, EventKind::lock_acquire, lock, other);
    life.at(900, EventKind::thread_switch, other, idle);
    return life;
}

TEST(LockWaits, say_who_waited_for_whom_and_how_long) {
    auto const view = convoy().index.view();
    auto const waits = lock_waits(view, 0, 1000, 1000);
    ASSERT_EQ(waits.size(), 1u);
    EXPECT_EQ(waits[0].thread, other);
    EXPECT_EQ(waits[0].lock, lock);
    EXPECT_EQ(waits[0].owner, one);
    EXPECT_EQ(waits[0].from_ns, 220u);
    EXPECT_EQ(waits[0].to_ns, 510u);
    EXPECT_TRUE(waits[0].got);
    // One that began before what is shown is there; one that is over is not.
    EXPECT_EQ(lock_waits(view, 300, 400, 1000).size(), 1u);
    EXPECT_EQ(lock_waits(view, 600, 1000, 1000).size(), 0u);
}

TEST(LockWaits, that_never_end_last_until_now) {
    auto life = convoy();
    life.at(910, EventKind::lock_wait, 0x901, one);
    auto const waits = lock_waits(life.index.view(), 0, 5000, 2000);
    ASSERT_EQ(waits.size(), 2u);
    EXPECT_EQ(waits[1].to_ns, 2000u);
    EXPECT_FALSE(waits[1].got);
    EXPECT_EQ(waits[1].owner, 0u);
    EXPECT_EQ(lock_waits(life.index.view(), 0, 5000, 2000, 1).size(), 1u) << "bounded";
}

TEST(ReadyAt, lists_who_waits_longest_first) {
    auto const chart = sim::debug::gantt(convoy().index.view(), 0, 1000, 1000);
    auto const early = ready_at(chart, 50);
    ASSERT_EQ(early.size(), 2u) << "idle had the processor from the start";
    EXPECT_EQ(early[0].thread, one);
    EXPECT_EQ(early[1].thread, other);
    auto const woken = ready_at(chart, 450);
    ASSERT_FALSE(woken.empty());
    EXPECT_EQ(woken.back().thread, other);
    EXPECT_EQ(woken.back().since_ns, 401u);
}

TEST(ThreadTimes, between_two_times_add_up) {
    auto const view = convoy().index.view();
    auto const chart = sim::debug::gantt(view, 0, 1000, 1000);
    auto const times = thread_times(chart, lock_waits(view, 0, 1000, 1000), 100, 900);
    ThreadTimes const* t = nullptr;
    for (auto const& candidate : times)
        if (candidate.thread == other) t = &candidate;
    ASSERT_TRUE(t);
    EXPECT_EQ(t->name, "other");
    EXPECT_EQ(t->running_ns, 30u + 400u);
    EXPECT_EQ(t->blocked_ns, 401u - 230u);
    EXPECT_EQ(t->ready_ns, 100u + 99u);
    EXPECT_EQ(t->running_ns + t->blocked_ns + t->ready_ns, 800u);
    EXPECT_EQ(t->lock_ns, 290u);
    EXPECT_EQ(t->runs, 2u);
    EXPECT_EQ(t->worst_ns, 198u) << "from its creation to its first run";
    EXPECT_TRUE(thread_times(chart, {}, 900, 900).empty());
}

TEST(SchedulingText, measures_between_the_markers_where_both_are_set) {
    Model model;
    model.update(testing::sample_snapshot());
    ViewState state;
    EXPECT_EQ(scheduling_text(model, state).find("between the markers"), std::string::npos);
    state.mark_a_ns = model.now().virtual_ns;
    state.mark_b_ns = model.now().virtual_ns - 400'000;
    std::string const text = scheduling_text(model, state);
    EXPECT_NE(text.find("between the markers"), std::string::npos) << text;
    EXPECT_NE(text.find("ready now: idle"), std::string::npos) << text;
    EXPECT_NE(text.find("worker 1 waits"), std::string::npos) << text;
    EXPECT_NE(text.find("for log lock"), std::string::npos) << text;
}

}  // namespace
}  // namespace viz::model
