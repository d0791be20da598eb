// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/event_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "simulator/debug/gantt.hpp"

namespace sim::debug {
namespace {

Event event(std::uint64_t at, EventKind kind, std::uint64_t a = 0, std::uint64_t b = 0) {
    Event e;
    e.at = {at, 0};
    e.virtual_ns = at;
    e.kind = kind;
    e.a = a;
    e.b = b;
    return e;
}

TEST(AppendLog, keeps_numbers_when_it_forgets_the_oldest) {
    AppendLog<int, 4> log(3);
    LogView<int, 4> early;
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(log.append(i), static_cast<std::uint64_t>(i));
        if (i == 9) early = log.view();
    }
    auto const view = log.view();
    EXPECT_EQ(view.end(), 30u);
    EXPECT_LE(view.size(), 12u);
    EXPECT_GT(view.begin(), 0u);
    for (std::uint64_t n = view.begin(); n < view.end(); ++n) EXPECT_EQ(view[n], static_cast<int>(n));
    // A view that was taken earlier still sees what it saw.
    EXPECT_EQ(early.end(), 10u);
    for (std::uint64_t n = early.begin(); n < early.end(); ++n) EXPECT_EQ(early[n], static_cast<int>(n));
}

TEST(AppendLog, is_read_by_others_while_it_grows) {
    AppendLog<std::uint64_t, 64> log(1000);
    std::mutex guard;
    LogView<std::uint64_t, 64> published;
    std::atomic<bool> done{false};
    std::uint64_t wrong = 0, seen = 0;
    std::thread reader([&] {
        while (!done) {
            LogView<std::uint64_t, 64> view;
            {
                std::lock_guard lock(guard);
                view = published;
            }
            for (std::uint64_t n = view.begin(); n < view.end(); ++n) wrong += view[n] != n * 3;
            seen = view.end();
        }
    });
    for (std::uint64_t i = 0; i < 20000; ++i) {
        log.append(i * 3);
        if (i % 50 == 49) {
            std::lock_guard lock(guard);
            published = log.view();
        }
    }
    done = true;
    reader.join();
    EXPECT_EQ(wrong, 0u);
}

TEST(EventIndex, adds_nothing_when_a_stretch_runs_again) {
    EventIndex index;
    EXPECT_TRUE(index.add(event(10, EventKind::interrupt, 32)));
    EXPECT_TRUE(index.add(event(20, EventKind::thread_switch, 1, 2)));
    EXPECT_TRUE(index.add(event(20, EventKind::interrupt, 33)));
    EXPECT_FALSE(index.add(event(10, EventKind::interrupt, 32)));
    EXPECT_FALSE(index.add(event(20, EventKind::thread_switch, 1, 2)));
    EXPECT_FALSE(index.add(event(20, EventKind::interrupt, 33)));
    EXPECT_TRUE(index.add(event(20, EventKind::interrupt, 34)));  // stopped there the first time, before it
    EXPECT_TRUE(index.add(event(21, EventKind::halt)));
    EXPECT_EQ(index.view().all.size(), 5u);
}

TEST(EventIndex, finds_neighbours_by_group) {
    EventIndex index;
    for (std::uint64_t i = 1; i <= 100; ++i)
        index.add(event(i * 10, i % 3 == 0 ? EventKind::packet_in : EventKind::interrupt, i));
    EventView const v = index.view();
    EXPECT_EQ(v.all[*v.next(EventGroup::packets, {30, 0})].a, 6u);
    EXPECT_EQ(v.all[*v.previous(EventGroup::packets, {60, 0})].a, 3u);
    EXPECT_FALSE(v.previous(EventGroup::packets, {30, 0}));
    EXPECT_FALSE(v.next(EventGroup::packets, {990, 0}));
    EXPECT_FALSE(v.next(EventGroup::switches, {0, 0}));
    EXPECT_EQ(v.first_at_or_after({55, 0}), 5u);
    EXPECT_EQ(v.first_at_or_after_ns(2000), v.all.end());
}

// A guest may call anything a thread, and a server has new connections for ever.
TEST(EventIndex, names_are_bounded_and_the_newest_stay) {
    EventIndex index(2048);
    std::uint64_t number = 0;
    auto const name = [&](std::uint64_t object, char const* text) {
        index.add(event(number, EventKind::tcp_state, object));
        index.name_connection(object, text, number++);
    };
    for (unsigned i = 0; i < 100'000; ++i) name(0x1000, i % 2 ? "odd" : "even");
    EXPECT_LT(index.view().namings->size(), 66'000u);
    EXPECT_EQ(index.view().thread_name(0x1000, number - 1), "odd");
    EXPECT_EQ(index.view().thread_name(0x1000, number - 2), "even");
    EXPECT_EQ(index.view().thread_name(0x1000, index.view().all.begin()),
              index.view().all.begin() % 2 ? "odd" : "even")
        << "each event that is held has its name";
    for (unsigned i = 0; i < 150'000; ++i) name(0x10000 + i * 64ULL, "one of many");
    EXPECT_LT(index.view().namings->size(), 66'000u);
    EXPECT_LT(index.view().thread_names->size(), 100'000u);
    EXPECT_EQ(index.view().thread_name(0x10000 + 149'999 * 64ULL), "one of many");
}

TEST(EventIndex, forgets_the_oldest_and_says_how_many) {
    EventIndex index(4096);
    for (std::uint64_t i = 0; i < 20000; ++i)
        index.add(event(i, i % 100 ? EventKind::interrupt : EventKind::packet_in, i));
    EventView const v = index.view();
    EXPECT_LE(v.all.size(), 5 * 1024u);
    EXPECT_GE(v.all.size(), 4096u - 1024u);
    EXPECT_EQ(v.forgotten, v.all.begin());
    EXPECT_EQ(v.all.back().a, 19999u);
    // Groups have room for the numbers of forgotten events; they are never handed out.
    for (auto const& group : v.groups)
        for (std::uint64_t n = group.begin(); n < group.end(); ++n) ASSERT_TRUE(v.all.holds(group[n]));
    NumberLog const& packets = v.group(EventGroup::packets);
    EXPECT_EQ(packets.end(), 200u) << "the n-th stays the n-th";
    EXPECT_LT(packets.size(), 60u);
    EXPECT_EQ(v.nth(EventGroup::packets, packets.begin()), std::nullopt);
    EXPECT_EQ(v.nth(EventGroup::packets, 200), 19900u);
    EXPECT_EQ(v.nth(EventGroup::packets, packets.begin() + 1), packets[packets.begin()]);
    EXPECT_FALSE(v.previous(EventGroup::packets, v.all[v.all.begin()].at));
    auto const packet = v.next(EventGroup::packets, {0, 0});
    ASSERT_TRUE(packet);
    EXPECT_GE(*packet, v.all.begin());
    EXPECT_EQ(v.all[*packet].kind, EventKind::packet_in);
}

TEST(EventIndex, another_future_replaces_the_old_one) {
    EventIndex index;
    for (std::uint64_t i = 0; i < 10; ++i) index.add(event(i, EventKind::thread_switch, i, i + 1));
    EventView const before = index.view();
    index.truncate_after({4, 0});
    EXPECT_TRUE(index.add(event(5, EventKind::interrupt, 99)));
    EventView const after = index.view();
    EXPECT_EQ(after.all.size(), 6u);
    EXPECT_NE(after.generation, before.generation);
    EXPECT_EQ(after.group(EventGroup::switches).size(), 5u);
    EXPECT_EQ(before.all.size(), 10u);
}

TEST(EventIndex, names_threads) {
    EventIndex index;
    index.name_thread(0x2000, "worker");
    index.name_thread(0x1000, "idle");
    index.name_thread(0x2000, "worker 2");
    EventView const v = index.view();
    EXPECT_EQ(v.thread_name(0x1000), "idle");
    EXPECT_EQ(v.thread_name(0x2000), "worker 2");
    EXPECT_EQ(v.thread_name(0x3000), "");
    EXPECT_NE(describe(event(5, EventKind::thread_switch, 0x1000, 0x2000), v).find("idle -> worker 2"),
              std::string::npos);
}

TEST(EventIndex, a_new_thread_in_old_memory_has_its_own_name_and_track) {
    EventIndex index;
    index.add(event(1, EventKind::thread_create, 0x1000));
    index.name_thread(0x1000, "first", 0);
    index.add(event(2, EventKind::thread_switch, 0, 0x1000));
    index.add(event(5, EventKind::thread_exit, 0x1000));
    index.add(event(6, EventKind::thread_create, 0x1000));
    index.name_thread(0x1000, "second", 3);
    index.add(event(8, EventKind::thread_switch, 0, 0x1000));
    EventView const v = index.view();
    EXPECT_EQ(v.thread_name(0x1000, 1), "first");
    EXPECT_EQ(v.thread_name(0x1000, 4), "second");
    EXPECT_EQ(v.thread_name(0x1000), "second");
    EXPECT_EQ(v.thread_name(0x1000, machine::Moment{4, 0}), "first");
    EXPECT_EQ(v.thread_name(0x1000, machine::Moment{20, 0}), "second");
    EXPECT_NE(describe(1, v).find("-> first"), std::string::npos);
    EXPECT_NE(describe(v.all[1], v).find("-> first"), std::string::npos);
    Gantt const g = gantt(v, 0, 20, 20);
    ASSERT_EQ(g.tracks.size(), 3u);
    EXPECT_EQ(g.tracks[1].name, "first");
    EXPECT_EQ(g.tracks[2].name, "second");
    EXPECT_EQ(g.tracks[1].running_ns, 3u);
}

Span const* span_at(Gantt const& g, std::uint64_t thread, std::uint64_t ns) {
    for (ThreadTrack const& t : g.tracks)
        if (t.thread == thread)
            for (Span const& s : t.spans)
                if (s.from_ns <= ns && ns < s.to_ns) return &s;
    return nullptr;
}

TEST(Gantt, tells_running_ready_and_blocked_apart) {
    EventIndex index;
    index.name_thread(1, "main");
    index.add(event(0, EventKind::thread_create, 1));
    index.add(event(10, EventKind::thread_switch, 0, 1));
    index.add(event(15, EventKind::thread_create, 2));
    index.add(event(30, EventKind::thread_switch, 1, 2));  // 1 is preempted: no wake before it runs again
    index.add(event(50, EventKind::thread_switch, 2, 1));  // 2 blocks
    index.add(event(70, EventKind::interrupt, 33));
    index.add(event(72, EventKind::thread_wake, 2));
    index.add(event(75, EventKind::interrupt_exit, 33));
    index.add(event(80, EventKind::thread_switch, 1, 2));
    Gantt const g = gantt(index.view(), 0, 100, 100);
    EXPECT_EQ(span_at(g, 1, 5)->state, SpanState::ready);
    EXPECT_EQ(span_at(g, 1, 20)->state, SpanState::running);
    EXPECT_EQ(span_at(g, 1, 40)->state, SpanState::ready);
    EXPECT_EQ(span_at(g, 2, 20)->state, SpanState::ready);
    EXPECT_EQ(span_at(g, 2, 60)->state, SpanState::blocked);
    EXPECT_EQ(span_at(g, 2, 76)->state, SpanState::ready);
    EXPECT_EQ(span_at(g, 2, 90)->state, SpanState::running);
    EXPECT_EQ(span_at(g, 0, 71)->state, SpanState::interrupt);
    EXPECT_EQ(span_at(g, 0, 71)->vector, 33u);
    ASSERT_EQ(g.wakes.size(), 1u);
    EXPECT_EQ(g.wakes[0].from_thread, 0u);  // an interrupt handler did it
    EXPECT_EQ(g.tracks[1].name, "main");
    EXPECT_EQ(g.tracks[1].running_ns, 50u);
    EXPECT_EQ(g.tracks[2].running_ns, 40u);
    for (ThreadTrack const& t : g.tracks)
        for (std::size_t i = 1; i < t.spans.size(); ++i) EXPECT_GE(t.spans[i].from_ns, t.spans[i - 1].to_ns);
}

TEST(Gantt, shows_what_began_before_the_interval_and_stays_within_its_bound) {
    EventIndex index;
    index.add(event(10, EventKind::thread_switch, 0, 1));
    for (std::uint64_t i = 0; i < 1000; ++i)
        index.add(event(1000 + i, EventKind::thread_switch, i % 2 + 1, (i + 1) % 2 + 1));
    EXPECT_EQ(span_at(gantt(index.view(), 500, 600, 2000), 1, 550)->state, SpanState::running);
    Gantt const g = gantt(index.view(), 0, 5000, 5000, 100);
    EXPECT_TRUE(g.cut);
    std::size_t spans = 0;
    for (ThreadTrack const& t : g.tracks) spans += t.spans.size();
    EXPECT_LE(spans, 100u);
}

TEST(EventIndex, connections_and_their_states_are_told_by_name_where_one_is_known) {
    EventIndex index;
    index.name_states({"Closed", "", "SynReceived", "Established"});
    Event e;
    e.at = {10, 0};
    e.kind = EventKind::tcp_state;
    e.a = 0xffff000;
    e.b = 2, e.c = 3;
    index.add(e);
    EXPECT_THAT(describe(0, index.view()), testing::HasSubstr("SynReceived -> Established, 0xffff000"));
    index.name_connection(0xffff000, "10.0.2.15:80 with 10.0.2.2:5000", 0);
    EXPECT_THAT(describe(0, index.view()),
                testing::HasSubstr("Established, 10.0.2.15:80 with 10.0.2.2:5000"));
    e.at = {11, 0};
    e.b = 1, e.c = 77;
    index.add(e);
    EXPECT_THAT(describe(1, index.until({11, 0}).view()), testing::HasSubstr("1 -> 77"));
}

TEST(EventIndex, tells_who_offers_how_much) {
    EventIndex index;
    index.name_connection(0xffff000, "10.0.2.15:80 with 10.0.2.2:5000", 0);
    Event e;
    e.at = {10, 0};
    e.kind = EventKind::tcp_send_window;
    e.a = 0xffff000, e.b = 8192, e.c = 9000;
    index.add(e);
    e.at = {11, 0};
    e.kind = EventKind::tcp_receive_window;
    e.b = 65'535, e.c = 65'536;
    index.add(e);
    EXPECT_THAT(
        describe(0, index.view()),
        testing::HasSubstr("the peer offers 8192 bytes, up to byte 9000, 10.0.2.15:80 with 10.0.2.2:5000"));
    EXPECT_THAT(describe(1, index.view()),
                testing::HasSubstr("the guest offers 65535 bytes, up to byte 65536"));
}

}  // namespace
}  // namespace sim::debug
