// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/disk_history.hpp"

#include <gtest/gtest.h>

namespace sim::debug {
namespace {

// A disk's life told by hand: block 5 is written at 20, and asked for again at 30.
EventIndex told() {
    EventIndex index;
    auto const add = [&](std::uint64_t at, EventKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
        Event e;
        e.at = {at, 0};
        e.virtual_ns = at * 1000;
        e.kind = kind;
        e.a = a, e.b = b, e.c = c;
        index.add(std::move(e));
    };
    add(5, EventKind::thread_switch, 0, 0x1000, 0);
    add(10, EventKind::disk_request, 40, 4096, 1);
    add(12, EventKind::thread_switch, 0x1000, 0x2000, 0);
    add(20, EventKind::disk_write, 40, 4096, 0);
    add(22, EventKind::disk_request, 0, 0, 2);
    add(25, EventKind::disk_flush, 0, 0, 0);
    add(30, EventKind::disk_request, 44, 1024, 0);  // half a block of one, half of the next
    return index;
}

TEST(DiskUses, know_who_asked_and_what_is_on_its_way) {
    EventIndex index = told();
    auto const view = index.view();
    auto const uses = newest_disk_uses(view, 0, {30, 0}, 8);
    ASSERT_EQ(uses.size(), 3u);
    EXPECT_FALSE(uses[0].done);
    EXPECT_EQ(uses[0].kind, EventKind::disk_read);
    EXPECT_EQ(uses[0].thread, 0x2000u);
    EXPECT_EQ(std::pair(uses[0].first, uses[0].blocks), std::pair(std::uint64_t{5}, std::uint64_t{1}));
    EXPECT_EQ(uses[1].kind, EventKind::disk_flush);
    EXPECT_EQ(uses[2].thread, 0x1000u) << "who ran when it was asked for, not when it was done";
    ASSERT_TRUE(newest_disk_uses(view, 0, {15, 0}, 8).size() == 1);
    EXPECT_FALSE(newest_disk_uses(view, 0, {15, 0}, 8)[0].done);
    EXPECT_TRUE(newest_disk_uses(view, 1, {30, 0}, 8).empty()) << "another disk";
}

TEST(DiskUses, lead_from_one_to_the_next_of_a_block) {
    EventIndex index = told();
    auto const view = index.view();
    auto const at = [&](std::optional<std::uint64_t> event) { return event ? view.all[*event].at.retired : 0; };
    EXPECT_EQ(at(disk_event_beside(view, 0, 5, {10, 0}, true)), 20u);
    EXPECT_EQ(at(disk_event_beside(view, 0, 5, {20, 0}, true)), 30u);
    EXPECT_EQ(at(disk_event_beside(view, 0, 5, {30, 0}, true)), 0u);
    EXPECT_EQ(at(disk_event_beside(view, 0, 5, {30, 0}, false)), 20u);
    EXPECT_EQ(at(disk_event_beside(view, 0, 5, {10, 0}, false)), 0u);
    EXPECT_FALSE(last_disk_use(view, 0, 5, EventKind::disk_read, {30, 0})) << "it is not done";
    auto const write = last_disk_use(view, 0, 5, EventKind::disk_write, {30, 0});
    ASSERT_TRUE(write && write->request);
    EXPECT_EQ(view.all[*write->request].at.retired, 10u);
    EXPECT_FALSE(last_disk_use(view, 0, 5, EventKind::disk_write, {19, 0}));
}

}  // namespace
}  // namespace sim::debug
