// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/scheduling.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "visualizer/model/twin.hpp"
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
    auto const waits = lock_waits(view, 0, 1000, 1000).list;
    ASSERT_EQ(waits.size(), 1u);
    EXPECT_EQ(waits[0].thread, other);
    EXPECT_EQ(waits[0].lock, lock);
    EXPECT_EQ(waits[0].owner, one);
    EXPECT_EQ(waits[0].from_ns, 220u);
    EXPECT_EQ(waits[0].to_ns, 510u);
    EXPECT_EQ(waits[0].end, LockWait::End::got);
    // One that began before what is shown is there; one that is over is not.
    EXPECT_EQ(lock_waits(view, 300, 400, 1000).list.size(), 1u);
    EXPECT_EQ(lock_waits(view, 600, 1000, 1000).list.size(), 0u);
}

TEST(LockWaits, that_never_end_last_until_now) {
    auto life = convoy();
    life.at(910, EventKind::lock_wait, 0x901, one);
    auto const waits = lock_waits(life.index.view(), 0, 5000, 2000).list;
    ASSERT_EQ(waits.size(), 2u);
    EXPECT_EQ(waits[1].to_ns, 2000u);
    EXPECT_EQ(waits[1].end, LockWait::End::lasting);
    EXPECT_TRUE(sentence(waits[1], "1 us").ends_with("; still does"));
    EXPECT_EQ(waits[1].owner, 0u);
    auto const few = lock_waits(life.index.view(), 0, 5000, 2000, 1);
    ASSERT_EQ(few.list.size(), 1u) << "bounded";
    EXPECT_EQ(few.list[0].from_ns, 910u) << "the last: what lasts is among them";
    EXPECT_EQ(few.left_out, 1u) << "and it says so";
}

TEST(LockWaits, that_end_behind_the_stretch_have_their_own_end) {
    auto const view = convoy().index.view();
    auto const waits = lock_waits(view, 100, 300, 1000).list;
    ASSERT_EQ(waits.size(), 1u);
    EXPECT_EQ(waits[0].end, LockWait::End::got);
    EXPECT_EQ(waits[0].to_ns, 510u);
    // What is not lived yet is not told.
    auto const then = lock_waits(view, 100, 300, 450).list;
    ASSERT_EQ(then.size(), 1u);
    EXPECT_EQ(then[0].end, LockWait::End::lasting);
    EXPECT_EQ(then[0].to_ns, 450u);
    EXPECT_EQ(lock_waits(view, 100, 220, 1000).list.size(), 0u) << "it began behind it";
}

TEST(LockWaits, whose_end_is_far_behind_the_stretch_are_not_said_to_last) {
    auto life = convoy();
    life.at(910, EventKind::lock_wait, 0x901, one);
    for (std::uint64_t i = 0; i < 120'000; ++i) life.at(1'000 + i, EventKind::frame_free, i);
    auto const waits = lock_waits(life.index.view(), 0, 1000, 200'000).list;
    ASSERT_EQ(waits.size(), 2u);
    EXPECT_EQ(waits[1].end, LockWait::End::longer);
    EXPECT_EQ(waits[1].to_ns, 101'000u);
    EXPECT_TRUE(sentence(waits[1], "100 us").ends_with(" for 0x901; or longer"));
}

TEST(LockWaits, that_nobody_saw_end_are_not_said_to_last) {
    auto life = convoy();
    life.at(910, EventKind::lock_wait, 0x901, one).at(920, EventKind::lock_wait, 0x902, one);
    life.at(930, EventKind::thread_exit, one);
    auto const waits = lock_waits(life.index.view(), 0, 5000, 2000).list;
    ASSERT_EQ(waits.size(), 3u);
    for (std::size_t i : {1U, 2U}) {
        EXPECT_EQ(waits[i].end, LockWait::End::gone) << i;
        EXPECT_EQ(sentence(waits[i], "1 us").find("still does"), std::string::npos);
    }
    EXPECT_EQ(waits[2].to_ns, 930u);
}

// One address, two threads: first "early", which waits for a lock, then "late".
Life reused() {
    Life life;
    life.at(0, EventKind::thread_create, idle).at(1, EventKind::thread_create, one);
    life.index.name_thread(one, "early", 1);
    life.at(2, EventKind::thread_create, other);
    life.index.name_thread(other, "holder", 2);
    life.at(10, EventKind::lock_acquire, lock, other).at(20, EventKind::thread_switch, idle, one);
    life.at(30, EventKind::lock_wait, lock, one).at(40, EventKind::thread_switch, one, idle);
    life.at(90, EventKind::lock_acquire, lock, one).at(95, EventKind::thread_wake, one);
    life.at(100, EventKind::thread_switch, idle, one).at(110, EventKind::thread_exit, one);
    life.at(111, EventKind::thread_switch, one, idle).at(200, EventKind::thread_create, one);
    life.index.name_thread(one, "late", life.index.next_number() - 1);
    life.at(210, EventKind::thread_switch, idle, one).at(290, EventKind::thread_switch, one, idle);
    return life;
}

TEST(LockWaits, are_of_the_thread_that_lived_there_then) {
    auto const view = reused().index.view();
    ASSERT_EQ(view.thread_name(one), "late");
    auto const waits = lock_waits(view, 0, 1000, 1000);
    ASSERT_EQ(waits.list.size(), 1u);
    EXPECT_EQ(waits.list[0].thread_name, "early");
    EXPECT_EQ(waits.list[0].owner_name, "holder");
    auto const times = thread_times(sim::debug::gantt(view, 0, 1000, 1000), waits.list, 0, 1000);
    unsigned seen = 0;
    for (ThreadTimes const& t : times) {
        if (t.name != "early" && t.name != "late") continue;
        ++seen;
        EXPECT_EQ(t.lock_ns, t.name == "early" ? 60u : 0u) << "the late one waited for none";
    }
    EXPECT_EQ(seen, 2u);
}

TEST(LockWaits, of_one_who_was_replaced_unheard_end_with_the_new_one) {
    Life life;
    life.at(1, EventKind::thread_create, one).at(30, EventKind::lock_wait, lock, one);
    life.at(200, EventKind::thread_create, one).at(300, EventKind::thread_switch, idle, one);
    auto const waits = lock_waits(life.index.view(), 0, 1000, 1000).list;
    ASSERT_EQ(waits.size(), 1u);
    EXPECT_EQ(waits[0].to_ns, 200u);
    EXPECT_EQ(waits[0].end, LockWait::End::gone);
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
    auto const times = thread_times(chart, lock_waits(view, 0, 1000, 1000).list, 100, 900);
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
    EXPECT_EQ(t->worst_ns, 100u) << "from its creation to its first run, cut to what is measured";
    EXPECT_EQ(t->worst_from_ns, 100u);
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

TEST(SchedulingText, says_so_where_the_stretch_lies_ahead) {
    Model model;
    model.update(testing::sample_snapshot());
    ViewState state;
    state.mark_a_ns = model.now().virtual_ns;
    state.mark_b_ns = model.now().virtual_ns + 100'000;
    std::string const text = scheduling_text(model, state);
    EXPECT_NE(text.find("the markers lie ahead of now"), std::string::npos) << text;
    EXPECT_EQ(text.find("times from"), std::string::npos) << text;
    EXPECT_NE(text.find("ready now: idle"), std::string::npos) << "now is known all the same";
    auto const measured = scheduling_json(model, state)["measured"];
    EXPECT_EQ(measured["ahead"], true);
    EXPECT_EQ(measured["from_ns"], *state.mark_a_ns);
    EXPECT_EQ(measured["to_ns"], *state.mark_b_ns);
    state.mark_a_ns = 0;
    EXPECT_EQ(scheduling_json(model, state)["measured"]["ahead"], false);
}

TEST(SchedulingText, of_many_waits_shows_the_last) {
    Life life;
    for (std::uint64_t i = 0; i < 100; ++i) {
        life.at(1'000 + i * 10, EventKind::lock_wait, lock, one);
        if (i < 99) life.at(1'005 + i * 10, EventKind::lock_acquire, lock, one);
    }
    auto snapshot = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
    snapshot->events = life.index.view();
    snapshot->virtual_ns = snapshot->end_ns = 3'000;
    snapshot->moment = snapshot->end = {3'000, 0};
    snapshot->kernel = {};
    Model model;
    model.update(snapshot);
    std::string const text = scheduling_text(model, {});
    EXPECT_NE(text.find("100 waits for locks\n  (40 earlier ones)\n"), std::string::npos) << text;
    EXPECT_NE(text.find("; still does"), std::string::npos) << text;
}

// One thread gives up its wait at a time that nobody hears of.
TEST(LockWaits, last_only_while_the_kernels_lock_has_them_in_line) {
    Life life;
    life.at(10, EventKind::lock_acquire, lock, other).at(100, EventKind::lock_wait, lock, one);
    auto snapshot = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
    auto wait_at = [&](std::uint64_t ns, std::vector<sim::debug::Lock> locks, bool asked = true) {
        auto then = std::make_shared<sim::debug::Snapshot>(*snapshot);
        then->events = life.index.view();
        then->virtual_ns = then->end_ns = ns;
        then->moment = then->end = {ns, 0};
        then->kernel.locks = std::move(locks);
        then->kernel.locks_health = {asked, ""};
        Model model;
        model.update(then);
        auto const waits = lock_waits(model, {0, ns}, ns).list;
        return waits.size() == 1 ? waits[0] : LockWait{};
    };
    using enum LockWait::End;
    EXPECT_EQ(wait_at(101, {{lock, "log", other, {}, {}}}).end, lasting) << "on its way into the line";
    life.at(110, EventKind::thread_switch, one, other);
    EXPECT_EQ(wait_at(200, {{lock, "log", other, {one}, {}}}).end, lasting);
    life.at(300, EventKind::thread_wake, one).at(310, EventKind::thread_switch, other, one);
    LockWait const timed_out = wait_at(400, {{lock, "log", other, {}, {}}});
    EXPECT_EQ(timed_out.end, gone);
    EXPECT_EQ(timed_out.to_ns, 300u);
    EXPECT_EQ(wait_at(400, {}).end, gone) << "nobody holds it";
    EXPECT_TRUE(sentence(timed_out, "1 us").ends_with("; that it got it was not heard"));
    EXPECT_EQ(wait_at(400, {{lock, "log", one, {}, {}}}).end, got) << "the probe was not heard";
    EXPECT_EQ(wait_at(400, {}, false).end, lasting) << "the locks were not asked for";
}

TEST(SchedulingJson, says_what_the_text_says) {
    Model model;
    model.update(testing::sample_snapshot());
    ViewState state;
    state.mark_a_ns = model.now().virtual_ns;
    state.mark_b_ns = model.now().virtual_ns - 400'000;
    std::string const text = scheduling_text(model, state);
    auto const json = nlohmann::json::parse(print_twin("gantt", true, model, state));
    ASSERT_EQ(json["lock_waits"].size(), 1u) << "that of the request before is over";
    EXPECT_EQ(json["lock_waits"][0]["thread"], "worker 1");
    EXPECT_EQ(json["lock_waits"][0]["lock"], "log lock");
    EXPECT_EQ(json["lock_waits"][0]["end"], "got");
    EXPECT_NE(text.find("1 wait for a lock\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("; still does"), std::string::npos) << text;
    EXPECT_EQ(json["ready"], nlohmann::json::array({"idle"}));
    EXPECT_EQ(json["ready_order"], "run queue");
    EXPECT_EQ(json["measured"]["between_markers"], true);
    for (auto const& t : json["measured"]["threads"])
        EXPECT_NE(text.find(t["thread"].get<std::string>()), std::string::npos);
}

TEST(ReadyNow, is_the_kernels_queue_where_it_is_known_and_the_charts_at_now_else) {
    auto snapshot = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
    snapshot->events = convoy().index.view();
    snapshot->virtual_ns = 450, snapshot->end_ns = 1000;
    snapshot->moment = {450, 0}, snapshot->end = {1000, 0};
    snapshot->kernel.run_queue.clear();
    ViewState state;
    state.mark_a_ns = 120, state.mark_b_ns = 150;
    Model model;
    auto order = [&](bool declared, std::string const& problem) {
        auto then = std::make_shared<sim::debug::Snapshot>(*snapshot);
        then->kernel.run_queue_health = {declared, problem};
        model.update(then);
        auto const json = nlohmann::json::parse(print_twin("gantt", true, model, state));
        EXPECT_NE(scheduling_text(model, state)
                      .find(json["ready"].empty() ? "ready now: nobody" : "(who waits longest first)"),
                  std::string::npos);
        return json["ready_order"].get<std::string>();
    };
    EXPECT_EQ(order(true, ""), "run queue") << "an empty queue is a known one";
    EXPECT_TRUE(ready_now(model).list.empty());
    for (auto const& [declared, problem] : {std::pair{false, ""}, {true, "inconsistent: mid-update"}}) {
        EXPECT_EQ(order(declared, problem), "longest wait");
        auto const list = ready_now(model).list;
        ASSERT_FALSE(list.empty());
        EXPECT_EQ(list.back().thread, other);
        EXPECT_EQ(list.back().since_ns, 401u) << "now, not at a marker";
    }
}

}  // namespace
}  // namespace viz::model
