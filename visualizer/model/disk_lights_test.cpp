// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/disk_lights.hpp"

#include <gtest/gtest.h>

#include "visualizer/model/desk.hpp"
#include "visualizer/model/twin.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::model {
namespace {

using namespace sim::debug;
using sim::machine::Moment;

// A disk's life told by hand: 1 request of block 5, done at 20; 30 of block 6, not done.
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

TEST(DiskLights, are_brightest_for_what_is_newest_and_leave_out_what_moves_nothing) {
    EventIndex index = told();
    auto const lights = disk_lights(newest_disk_uses(index.view(), 0, {30, 0}, 8));
    ASSERT_EQ(lights.size(), 2u) << "a flush has no block";
    EXPECT_TRUE(lights[0].on_its_way);
    EXPECT_FALSE(lights[0].write);
    EXPECT_TRUE(lights[1].write);
    EXPECT_EQ(lights[1].strength, 1.0f);
    std::vector<DiskUse> many(40);
    for (auto& use : many) use.blocks = 1, use.done = 1;
    auto const faded = disk_lights(many);
    EXPECT_LT(faded.size(), 12u) << "what is long ago is dark";
    for (std::size_t i = 1; i < faded.size(); ++i) EXPECT_LT(faded[i].strength, faded[i - 1].strength);
}

TEST(DiskLights, a_dirty_block_counts_before_one_at_risk) {
    DiskMap map;
    map.at_risk = {false, true, true};
    BlockCache cache{"disk0", {{2, true, 0}, {0, false, 1}}, 4, 1};
    EXPECT_EQ(mark_of(map, &cache, 0), BlockMark::none);
    EXPECT_EQ(mark_of(map, &cache, 1), BlockMark::at_risk);
    EXPECT_EQ(mark_of(map, &cache, 2), BlockMark::dirty);
    EXPECT_EQ(mark_of(map, nullptr, 2), BlockMark::at_risk);
}

struct Posts : Door {
    void post(Command c) override { commands.push_back(std::move(c)); }
    void request(ViewRequest r) override { asked = std::move(r); }
    std::vector<Command> commands;
    ViewRequest asked;
};

TEST(DiskBlocks, are_selected_travelled_and_told_like_all_else) {
    Posts door;
    Desk desk(door);
    desk.update(testing::disk_snapshot());
    desk.show(Perspective::disk);
    auto const& now = desk.model().now();
    ASSERT_EQ(now.disks.size(), 1u);
    std::uint64_t const block = now.disks[0]->files.back().extents.front().first;
    Entity const entity{EntityKind::disk_block, disk_block_id(0, block), 0};
    desk.perform({CommandId::reveal, entity});
    desk.ask_for_views();
    EXPECT_TRUE(door.asked.disks);
    EXPECT_EQ(door.asked.disk_block, entity.id);
    EXPECT_NE(name_of(entity, desk.model()).find("/diary"), std::string::npos);
    EXPECT_NE(print_twin("disk", false, desk.model(), desk.state()).find("last written at "), std::string::npos);

    desk.perform({CommandId::who_wrote, {}});
    auto const* seek = door.commands.empty() ? nullptr : std::get_if<SeekTo>(&door.commands.back());
    ASSERT_TRUE(seek);
    EXPECT_LT(seek->moment, now.moment);
    door.commands.clear();
    desk.perform({CommandId::previous_event, {}});
    ASSERT_FALSE(door.commands.empty());
    EXPECT_TRUE(std::get_if<SeekTo>(&door.commands.back()));
    EXPECT_EQ(desk.state().selected, entity) << "one sees what happens to it";
}

}  // namespace
}  // namespace viz::model
