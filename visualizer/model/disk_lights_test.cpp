// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/disk_lights.hpp"

#include <gtest/gtest.h>

#include "visualizer/model/desk.hpp"
#include "visualizer/model/twin.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::model {
namespace {

using namespace sim::debug;

TEST(DiskLights, are_brightest_for_what_is_newest_and_leave_out_what_moves_nothing) {
    DiskUse under_way, flush, written;
    under_way.first = 5, under_way.blocks = 1, under_way.request = 6;
    flush.kind = EventKind::disk_flush, flush.done = 5;
    written.kind = EventKind::disk_write, written.first = 5, written.blocks = 1, written.done = 3;
    auto const lights = disk_lights({under_way, flush, written});
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
