// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/memory_zoom.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <tuple>

#include "visualizer/model/desk.hpp"
#include "visualizer/model/memory_place.hpp"
#include "visualizer/model/twin.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::model {
namespace {

using sim::debug::EntityKind;

constexpr MemoryWindow ram{0, 64 << 20};

TEST(MemoryZoom, leads_from_all_of_ram_to_one_byte_and_back) {
    constexpr std::uint64_t focus = 0x1234567;
    MemoryWindow window = ram;
    unsigned steps = 0;
    while (window.length > 1) {
        MemoryWindow const closer = zoomed_in(window, focus);
        ASSERT_TRUE(closer.holds(focus));
        ASSERT_LT(closer.length, window.length);
        ASSERT_GE(closer.first, window.first);
        ASSERT_LE(closer.end(), window.end());
        window = closer;
        ASSERT_LT(++steps, 20u);
    }
    EXPECT_EQ(window, (MemoryWindow{focus, 1}));
    EXPECT_EQ(zoomed_in(window, focus), window);
    for (; steps > 1; --steps) {
        auto const wider = zoomed_out(window, ram);
        ASSERT_TRUE(wider);
        EXPECT_TRUE(wider->holds(focus));
        window = *wider;
    }
    EXPECT_FALSE(zoomed_out(window, ram)) << "all of it";
}

TEST(MemoryZoom, takes_memory_that_is_no_power_of_two) {
    MemoryWindow const odd{0, 96 << 20};
    MemoryWindow const closer = zoomed_in(odd, (96 << 20) + 5);
    EXPECT_EQ(closer.length, 32u << 20);
    EXPECT_EQ(closer.first, 64u << 20);
}

TEST(MemoryZoom, keys_move_by_a_sixteenth_as_frames_and_then_as_bytes) {
    MemoryWindow const window{0x100000, 0x100000};
    Entity e = neighbour(window, ram, {}, 1);
    EXPECT_EQ(e, (Entity{EntityKind::frame, 0x100, 16})) << "from elsewhere: the first";
    e = neighbour(window, ram, e, 1);
    EXPECT_EQ(e, (Entity{EntityKind::frame, 0x110, 16}));
    MemoryWindow const frame{0x110000, 4096};
    e = neighbour(frame, ram, {EntityKind::frame, 0x110, 1}, 1);
    EXPECT_EQ(e, (Entity{EntityKind::physical_range, 0x110100, 256}));
    EXPECT_EQ(neighbour(ram, ram, {EntityKind::frame, 0, 1}, -1).id, 0u) << "there is nothing before";
    EXPECT_EQ(neighbour({0x40, 1}, ram, {EntityKind::physical_range, 0x40, 1}, 1),
              (Entity{EntityKind::physical_range, 0x41, 1}));
}

TEST(WheelSteps, count_whole_ones_however_small_the_parts) {
    WheelSteps wheel;
    EXPECT_EQ(wheel.steps(1), 1);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(wheel.steps(0.25f), 0);
    EXPECT_EQ(wheel.steps(0.25f), 1);
    EXPECT_EQ(wheel.steps(0.75f), 0);
    EXPECT_EQ(wheel.steps(-0.5f), 0) << "what was turned before does not count";
    EXPECT_EQ(wheel.steps(-0.5f), -1);
    EXPECT_EQ(wheel.steps(-2), -2);
    EXPECT_EQ(wheel.steps(0), 0);
}

TEST(ByteGrid, fits_its_area_and_a_point_and_its_byte_agree) {
    for (std::uint64_t length : {1u, 16u, 256u, 4096u, 16384u, 65536u})
        for (auto [w, h] : {std::pair{700.0f, 300.0f}, {300.0f, 500.0f}, {1200.0f, 80.0f}}) {
            MemoryWindow const window{length * 3, length};
            ByteGrid const g = byte_grid(window, w, h, 2, 240);
            ASSERT_GT(g.columns, 0u) << length;
            EXPECT_LE(static_cast<float>(g.columns) * g.cell, w);
            EXPECT_LE(static_cast<float>(g.rows) * g.cell, h);
            EXPECT_GE(std::uint64_t{g.columns} * g.rows * g.bytes_per_cell, length);
            EXPECT_TRUE(std::has_single_bit(g.columns)) << "addresses line up";
            for (std::uint64_t at = window.first; at < window.end(); at += std::max<std::uint64_t>(length / 7, 1)) {
                Rect const r = g.cell_of(at);
                ASSERT_FALSE(r.empty());
                EXPECT_EQ(g.byte_at({r.x + 1, r.y + 1}), at / g.bytes_per_cell * g.bytes_per_cell);
            }
            EXPECT_EQ(g.byte_at({-1, 2}), UINT64_MAX);
            EXPECT_EQ(g.byte_at({w + g.cell, 0}), UINT64_MAX);
        }
    EXPECT_EQ(byte_grid({0, 128 << 10}, 900, 900, 2, 9).columns, 0u) << "frames say more";
    EXPECT_EQ(byte_grid({0, 65536}, 20, 10, 2, 9).columns, 0u) << "no room";
}

TEST(ByteGrid, of_what_is_chosen_the_box_is_a_part_of_a_row_or_whole_rows) {
    ByteGrid const g = byte_grid({0x4000, 256}, 100, 400, 2, 30);
    ASSERT_EQ(std::tuple(g.columns, g.rows, g.cell), std::tuple(8u, 32u, 12.0f));
    auto const box = [&](std::uint64_t address, std::uint64_t length) {
        Rect const r = g.box_of(address, length);
        return std::tuple(r.x, r.y, r.width, r.height);
    };
    EXPECT_EQ(box(0x4009, 1), std::tuple(12, 12, 12, 12));
    EXPECT_EQ(box(0x4009, 3), std::tuple(12, 12, 36, 12));
    EXPECT_EQ(box(0x4009, 100), std::tuple(12, 12, 84, 12)) << "as far as its row goes";
    EXPECT_EQ(box(0x4010, 16), std::tuple(0, 24, 96, 24));
    EXPECT_EQ(box(0x4000, 4096), std::tuple(0, 0, 96, 384)) << "no farther than what is shown";
    EXPECT_TRUE(g.box_of(0x3fff, 4).empty());
}

TEST(MemoryPlace, names_owner_mapping_and_thread) {
    auto s = testing::sample_snapshot();
    auto tree = std::make_shared<sim::debug::PageTree>();
    auto const& thread = s->kernel.threads[1];
    ASSERT_GT(thread.stack_high, thread.stack_low);
    tree->ranges = {{thread.stack_low, thread.stack_high - thread.stack_low, 0x200000, 4096, true, false, false, false}};
    s->page_tree = tree;
    Model model;
    model.update(s);
    MemoryPlace const place = memory_place(model, 0x200010);
    EXPECT_FALSE(place.owner.empty());
    ASSERT_EQ(place.mappings.size(), 1u);
    EXPECT_EQ(place.mappings[0].address, thread.stack_low + 0x10);
    EXPECT_EQ(place.mappings[0].name, "stack of " + thread.name);
    EXPECT_TRUE(place.mappings[0].writable);
    EXPECT_TRUE(memory_place(model, 0x300000).mappings.empty());
    EXPECT_NE(lines_of(place, 0).back().find("not mapped"), 0u);
}

struct Posts : Door {
    void post(sim::debug::Command) override {}
    void request(sim::debug::ViewRequest r) override { asked = std::move(r); }
    sim::debug::ViewRequest asked;
};

TEST(MemoryZoom, is_done_by_keys_alone_and_told_in_words) {
    Posts door;
    Desk desk(door);
    desk.update(testing::sample_snapshot());
    desk.show(Perspective::memory);
    desk.perform({CommandId::select, Entity{EntityKind::frame, 0x310, 1}});
    for (int i = 0; i < 7; ++i) desk.perform({CommandId::map_in, {}});
    ASSERT_TRUE(desk.state().map_window);
    EXPECT_EQ(*desk.state().map_window, (MemoryWindow{0x310000, 4096}));
    desk.ask_for_views();
    EXPECT_EQ(door.asked.zoomed,
              (sim::debug::MemoryRequest{sim::debug::AddressSpace::physical, 0x310000, 4096}))
        << "the bytes themselves";
    EXPECT_TRUE(door.asked.page_tree) << "who maps it";
    desk.perform({CommandId::map_next, {}});
    desk.perform({CommandId::map_next, {}});
    EXPECT_EQ(desk.state().selected.kind, EntityKind::physical_range);
    std::string const text = print_twin("frames", false, desk.model(), desk.state());
    EXPECT_NE(text.find("zoomed to 0x310000, 4 KiB"), std::string::npos) << text;
    EXPECT_NE(print_twin("frames", true, desk.model(), desk.state()).find("\"zoom\""), std::string::npos);
    for (int i = 0; i < 6; ++i) desk.perform({CommandId::map_in, {}});
    EXPECT_EQ(desk.state().map_window->length, 1u);
    for (int i = 0; i < 13; ++i) desk.perform({CommandId::map_out, {}});
    EXPECT_FALSE(desk.state().map_window);
    desk.perform({CommandId::map_in, std::uint64_t{0x1000}});
    desk.perform({CommandId::map_all, {}});
    EXPECT_FALSE(desk.state().map_window);
}

// What the machine would answer, every byte the same; all of it is there.
sim::debug::MemoryBlock answered(sim::debug::MemoryRequest const& asked, std::uint8_t byte) {
    sim::debug::MemoryBlock block;
    block.request = asked;
    block.bytes.assign(asked.length, byte);
    block.pages.assign(asked.length / frame_bytes + 2, {true, 0});
    return block;
}
std::shared_ptr<sim::debug::Snapshot> answered(sim::debug::ViewRequest const& asked) {
    auto s = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
    s->memory.clear();
    for (auto const& one : asked.memory) s->memory.push_back(answered(one, 0x11));
    if (asked.zoomed) s->zoomed = answered(*asked.zoomed, 0x99);
    return s;
}

// The view "memory" takes the block that holds its address: the zoom's is none of them.
TEST(MemoryZoom, around_an_address_leaves_the_view_of_bytes_its_own) {
    Posts door;
    Desk desk(door);
    desk.update(testing::sample_snapshot());
    desk.show(Perspective::memory);
    desk.layout() = layout_of_all();
    desk.perform({CommandId::show_physical, std::uint64_t{0x310800}});
    for (int i = 0; i < 7; ++i) desk.perform({CommandId::map_in, std::uint64_t{0x310800}});
    ASSERT_EQ(desk.state().map_window, (MemoryWindow{0x310000, 4096}));
    desk.ask_for_views();
    desk.update(answered(door.asked));
    auto const& now = desk.model().now();
    auto const* block = now.block(sim::debug::AddressSpace::physical, 0x310800);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->bytes.front(), 0x11);
    EXPECT_GT(block->bytes.size(), 4096u) << "it scrolls beyond what the map shows";
    EXPECT_EQ(memory_place(desk.model(), 0x310800).byte, 0x99);

    desk.update(answered(request_for_text(desk.state(), now.cpu)));
    EXPECT_EQ(print_twin("memory", false, desk.model(), desk.state()).find("99 99"), std::string::npos)
        << "foreign lines";
    EXPECT_NE(print_twin("frames", false, desk.model(), desk.state()).find("zoomed to"), std::string::npos);
}

}  // namespace
}  // namespace viz::model
