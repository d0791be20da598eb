// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the shell draws, what the mouse does, and that nothing harms it.
#include "visualizer/app/shell.hpp"

#include <gtest/gtest.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <fstream>
#include <random>
#include <regex>
#include <set>

#include "visualizer/app/keys.hpp"
#include "visualizer/app/stage.hpp"

namespace viz::app {
namespace {

using model::CommandId;
using model::Perspective;
using model::ViewId;
using sim::debug::Direction;
using sim::debug::StepUnit;

constexpr std::tuple<float, float, float> displays[] = {
    {1600, 900, 1}, {1280, 720, 1}, {1600, 900, 1.6f}, {1280, 720, 1.6f}, {800, 500, 1}};

TEST(Shell, draws_every_perspective_within_the_frame_at_every_size) {
    for (auto [w, h, scale] : displays) {
        Stage stage(w, h, scale);
        for (auto const& p : model::all_perspectives()) {
            stage.frame();
            stage.shell->show(p.id);
            stage.frame(4);
            ImDrawData const* drawn = ImGui::GetDrawData();
            EXPECT_GT(drawn->TotalVtxCount, 2000) << p.name;
            for (ImGuiWindow const* window : ImGui::GetCurrentContext()->Windows) {
                if (!window->Active || window->Hidden || window->IsFallbackWindow) continue;
                EXPECT_GE(window->Pos.x, 0) << p.name << " " << window->Name;
                EXPECT_GE(window->Pos.y, 0) << p.name << " " << window->Name;
                EXPECT_LE(window->Pos.x + window->Size.x, w + 1) << p.name << " " << window->Name;
                EXPECT_LE(window->Pos.y + window->Size.y, h + 1) << p.name << " " << window->Name;
            }
        }
    }
}

TEST(Shell, every_view_alone_draws_something_of_its_own) {
    Stage stage;
    std::set<int> counts;
    for (auto const& view : model::all_views()) {
        stage.shell->show_alone(view.id);
        stage.frame(4);
        counts.insert(ImGui::GetDrawData()->TotalVtxCount);
    }
    EXPECT_GT(counts.size(), model::view_count - 2) << "no two alike, but for a chance";
}

TEST(Shell, a_machine_that_has_not_begun_draws_in_every_view) {
    Stage stage;
    stage.snapshot = std::make_shared<sim::debug::Snapshot>();
    for (auto const& view : model::all_views()) {
        stage.shell->show_alone(view.id);
        stage.frame(3);
        EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 500) << view.name;
    }
}

// A touchpad tells a tenth of a step at a time.
TEST(Mouse, the_wheel_over_the_map_of_memory_zooms_by_whole_steps) {
    Stage stage;
    stage.shell->show_alone(ViewId::frames);
    ImGuiIO& io = ImGui::GetIO();
    auto const& window = stage.shell->state().map_window;
    stage.frame(3);
    io.AddMousePosEvent(300, 400);
    stage.frame(2);
    auto const turn = [&](float by) {
        io.AddMouseWheelEvent(0, by);
        stage.frame(2);
    };
    unsigned const refused = stage.shell->desk().refused();
    turn(-1);
    EXPECT_EQ(stage.shell->desk().refused(), refused) << "farther than all of RAM there is nothing";
    for (int i = 0; i < 3; ++i) turn(0.25f);
    EXPECT_FALSE(window);
    turn(0.25f);
    ASSERT_TRUE(window);
    std::uint64_t const once = window->length;
    for (int i = 0; i < 4; ++i) turn(0.25f);
    EXPECT_EQ(window->length * model::zoom_factor, once);
    turn(-1), turn(-1);
    EXPECT_FALSE(window);

    // To one byte and back, though the squares below the pointer become fewer and larger.
    for (auto [x, y] : {std::pair{115.0f, 180.0f}, {1500.0f, 180.0f}, {900.0f, 640.0f}, {115.0f, 640.0f}}) {
        io.AddMousePosEvent(x, y);
        stage.frame(2);
        for (int i = 0; i < 13; ++i) turn(1);
        ASSERT_TRUE(window);
        EXPECT_EQ(window->length, 1u) << x << ", " << y;
        for (int i = 0; i < 13; ++i) turn(-1);
        EXPECT_FALSE(window) << x << ", " << y;
    }
}

// One view may have been looked at in a larger pane before.
TEST(Code, is_turned_to_the_next_instruction_in_every_perspective) {
    Stage stage;
    auto const scrolled = [&] {
        for (ImGuiWindow const* window : ImGui::GetCurrentContext()->Windows)
            if (window->Active && std::string_view(window->Name).find("/lines_") != std::string_view::npos)
                return window->Scroll.y;
        return -1.0f;
    };
    stage.shell->show_alone(ViewId::source);
    stage.frame(5);
    EXPECT_EQ(scrolled(), 0) << "all of it has room";
    stage.shell->show(Perspective::memory);
    stage.frame(5);
    EXPECT_GT(scrolled(), 0) << "it has not, and the next instruction would not be seen";
}

TEST(Mouse, the_transport_bar_has_a_button_for_each_direction) {
    Stage stage;
    stage.frame(2);
    for (float x = 200; x < 1500; x += 12) stage.click(x, 26);
    bool run = false, forward = false, back = false, start = false;
    for (auto const& c : stage.door.commands) {
        run |= std::holds_alternative<sim::debug::Run>(c);
        if (auto const* step = std::get_if<sim::debug::Step>(&c))
            (step->direction == Direction::forward ? forward : back) = true;
        if (auto const* seek = std::get_if<sim::debug::SeekTo>(&c))
            start |= seek->moment == sim::machine::Moment{};
    }
    EXPECT_TRUE(run);
    EXPECT_TRUE(forward);
    EXPECT_TRUE(back);
    EXPECT_TRUE(start);
}

TEST(Mouse, a_click_on_the_time_line_travels_there) {
    Stage stage;
    stage.frame(2);
    auto rects = model::place_shell({0, 0, 1600, 900}, 1);
    stage.click(rects.timeline.x + rects.timeline.width / 2, rects.timeline.y + 60);
    auto const* seek = last_of<sim::debug::SeekTo>(stage.door);
    ASSERT_TRUE(seek);
    EXPECT_GT(seek->moment.retired, 0u);
    EXPECT_LT(seek->moment, stage.snapshot->end);
}

TEST(Mouse, an_activity_changes_the_panes_and_a_splitter_their_sizes) {
    Stage stage;
    stage.frame(2);
    stage.click(40, 60 + 64 * 2 + 30);
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::frames)) << "the memory perspective";
    auto rects = model::place_shell({0, 0, 1600, 900}, 1);
    auto placed = model::place_panes(stage.shell->layout(), rects.body.inset(3), 6, 120);
    auto bar = placed.splitters[0].rect;
    float before = stage.shell->layout().nodes[0].ratio;
    ImGuiIO& io = ImGui::GetIO();
    io.AddMousePosEvent(bar.x + 3, bar.y + 100);
    stage.frame(2);
    io.AddMouseButtonEvent(0, true);
    stage.frame();
    io.AddMousePosEvent(bar.x + 203, bar.y + 100);
    stage.frame(2);
    io.AddMouseButtonEvent(0, false);
    stage.frame();
    EXPECT_GT(stage.shell->layout().nodes[0].ratio, before + 0.05f);
}

TEST(Selection, of_a_packet_in_its_list_is_known_to_all) {
    Stage stage;
    stage.frame(2);
    stage.shell->show(Perspective::network);
    stage.frame(4);
    auto rects = model::place_shell({0, 0, 1600, 900}, 1);
    stage.click(rects.body.x + 400, rects.body.y + 120);
    EXPECT_EQ(stage.shell->state().selected.kind, model::EntityKind::packet);
    stage.key(ImGuiKey_Escape);
    EXPECT_FALSE(stage.shell->state().selected);
}

TEST(History, back_returns_to_where_one_was) {
    Stage stage;
    stage.frame(2);
    stage.shell->perform({CommandId::show_memory, std::uint64_t{0x1000}});
    stage.shell->perform({CommandId::show_memory, std::uint64_t{0x2000}});
    stage.shell->perform({CommandId::history_back, {}});
    EXPECT_EQ(stage.shell->state().memory_address, 0x1000u);
    stage.shell->perform({CommandId::history_back, {}});
    EXPECT_EQ(stage.shell->state().memory_address, std::nullopt);
    stage.shell->perform({CommandId::history_forward, {}});
    EXPECT_EQ(stage.shell->state().memory_address, 0x1000u);
}

TEST(GoTo, understands_moments_and_says_what_it_does_not) {
    Stage stage;
    stage.frame(2);
    stage.shell->perform({CommandId::go_to_place, std::string("packet:2")});
    ASSERT_TRUE(last_of<sim::debug::SeekTo>(stage.door));
    EXPECT_EQ(stage.shell->state().selected.kind, model::EntityKind::packet);
    std::size_t before = stage.door.commands.size();
    stage.shell->perform({CommandId::go_to_place, std::string("nowhere at all")});
    EXPECT_EQ(stage.door.commands.size(), before);
}

TEST(Fonts, missing_ones_are_named_and_the_frame_is_drawn) {
    setenv("VIV_FONT_DIR", "/nonexistent", 1);
    {
        Stage stage;
        stage.frame(3);
        EXPECT_NE(widgets::fonts().missing.find("fonts-roboto-unhinted"), std::string::npos);
        EXPECT_FALSE(widgets::fonts().have_icons);
        EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 2000);
    }
    unsetenv("VIV_FONT_DIR");
}

// A browser's card need not take more than 4,096 pixels either way, and then draws nothing.
TEST(Fonts, fit_a_texture_at_every_scale_and_have_every_icon) {
    std::ifstream header(std::string(std::getenv("VIV_ROOT")) + "/visualizer/widgets/icons.hpp");
    std::string const text{std::istreambuf_iterator<char>(header), {}};
    std::regex const code("u(f[0-9a-f]{3})\"");
    for (float scale : {0.5f, 1.0f, 1.9f, 2.0f, 3.0f, 4.0f}) {
        Stage stage(1600, 900, scale);
        ImFontAtlas const& atlas = *ImGui::GetIO().Fonts;
        EXPECT_LE(atlas.TexWidth, 4096) << scale;
        EXPECT_LE(atlas.TexHeight, 4096) << scale;
        unsigned icons = 0;
        for (std::sregex_iterator i(text.begin(), text.end(), code), end; i != end; ++i, ++icons)
            EXPECT_TRUE(widgets::fonts().text->FindGlyphNoFallback(
                static_cast<ImWchar>(std::stoul((*i)[1].str(), nullptr, 16))))
                << (*i)[1] << ": add it to widgets::icons::all";
        EXPECT_GT(icons, 40U);
    }
}

// Whatever a person does, in whatever order.
TEST(Anything, ten_thousand_random_commands_and_gestures) {
    Stage stage;
    std::mt19937 random(20260101);
    auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    std::vector<std::shared_ptr<sim::debug::Snapshot const>> snapshots = {
        std::make_shared<sim::debug::Snapshot>(), testing::sample_snapshot(0), testing::sample_snapshot(1),
        testing::sample_snapshot(5)};
    char const* places[] = {"packet:1", "12us", "0x0",      "0xffffffffffffffff",
                            "end",      "",     "fault:99", "18446744073709551615"};
    std::uint64_t addresses[] = {0, 1, 0xfff, 0x100000, 0xffffffff80103a11, UINT64_MAX, 0x7fffffffffff};
    for (unsigned i = 0; i < 10'000; ++i) {
        model::Argument argument;
        switch (below(8)) {
            case 0:
                argument = sim::machine::Moment{random(), below(3)};
                break;
            case 1:
                argument = addresses[below(std::size(addresses))];
                break;
            case 2:
                argument = static_cast<ViewId>(below(model::view_count));
                break;
            case 3:
                argument = static_cast<Perspective>(below(model::perspective_count));
                break;
            case 4:
                argument = static_cast<StepUnit>(below(7));
                break;
            case 5:
                argument =
                    model::Entity{static_cast<model::EntityKind>(below(14)),
                                  below(2) ? below(200) : addresses[below(std::size(addresses))], below(100)};
                break;
            case 6:
                argument = std::string(places[below(std::size(places))]);
                break;
            default:
                break;
        }
        stage.shell->perform({static_cast<CommandId>(below(model::command_count)), std::move(argument)});
        if (below(10)) continue;
        if (below(4) == 0) stage.snapshot = snapshots[below(static_cast<unsigned>(snapshots.size()))];
        ImGuiIO& io = ImGui::GetIO();
        io.AddMousePosEvent(static_cast<float>(below(1700)) - 50, static_cast<float>(below(1000)) - 50);
        if (below(3) == 0) io.AddMouseButtonEvent(static_cast<int>(below(3)), below(2));
        if (below(5) == 0) io.AddMouseWheelEvent(0, static_cast<float>(below(7)) - 3);
        if (below(6) == 0) io.AddInputCharacter('0' + below(70));
        stage.frame();
    }
    stage.shell->perform({CommandId::reset_layout, {}});
    stage.frame(2);
    EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 500);
}

}  // namespace
}  // namespace viz::app
