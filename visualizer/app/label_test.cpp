// SPDX-License-Identifier: GPL-2.0-or-later
//
// No label is cut in any view from 1280x720 to 3840x2160. What is cut may only be data,
// which can be as long as it likes: the names of functions, the lines of packets,
// numbers.
#include <gtest/gtest.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

#include "visualizer/app/stage.hpp"
#include "visualizer/app/start_view.hpp"
#include "visualizer/widgets/cuts.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::app {
namespace {

// A label is words of ours: letters and spaces, and not as long as a sentence. Data
// has digits, addresses, paths, operators.
bool is_label(std::string const& text) {
    constexpr std::size_t longest = 40;
    if (text.size() > longest) return false;
    return std::ranges::all_of(text, [](unsigned char c) {
        return std::isalpha(c) || c == ' ' || c == '-' || c == ',' || c == '?';
    });
}

std::string cut_labels(Stage& stage) {
    std::vector<widgets::Cut> cuts;
    stage.frame(3);
    widgets::listen_for_cuts(&cuts);
    stage.frame();
    widgets::listen_for_cuts(nullptr);
    std::set<std::string> seen;
    for (auto const& cut : cuts)
        if (is_label(cut.text)) seen.insert(cut.text);
    std::string out;
    for (auto const& text : seen) out += "\"" + text + "\" ";
    return out;
}

TEST(Labels, are_whole_in_every_view_and_perspective_from_1280x720_to_3840x2160) {
    for (auto [width, height, scale] :
         {std::tuple{1280.0f, 720.0f, 1.0f},
          {1366.0f, 768.0f, 1.0f},
          {1400.0f, 850.0f, 1.0f},
          {1920.0f, 1080.0f, 1.0f},
          {1920.0f, 1080.0f, 1.25f},
          {3840.0f, 2160.0f, 1.0f},
          {3840.0f, 2160.0f, 2.0f}}) {
        Stage stage(width, height, scale);
        stage.frame();
        auto where = [&](std::string_view name) {
            return std::string(name) + " at " + std::to_string(static_cast<int>(width)) + ", scale " +
                   std::to_string(static_cast<int>(scale));
        };
        for (auto const& p : model::all_perspectives()) {
            stage.shell->show(p.id);
            EXPECT_EQ(cut_labels(stage), "") << where(p.name);
        }
        for (auto const& v : model::all_views()) {
            stage.shell->show_alone(v.id);
            EXPECT_EQ(cut_labels(stage), "") << where(v.name);
        }
        stage.shell->show(model::Perspective::memory);
        for (auto by : {model::MapColouring::changes, model::MapColouring::writes, model::MapColouring::reads}) {
            stage.shell->state().map_colouring = by;
            EXPECT_EQ(cut_labels(stage), "") << where("a colouring of the map");
        }
        stage.shell->perform({model::CommandId::welcome, {}});
        EXPECT_EQ(cut_labels(stage), "") << where("first steps");
    }
}

// Every word there is ours.
std::string cut_there(auto const& draw) {
    std::vector<widgets::Cut> cuts;
    draw();
    widgets::listen_for_cuts(&cuts);
    draw();
    widgets::listen_for_cuts(nullptr);
    std::set<std::string> seen;
    for (auto const& cut : cuts) seen.insert(cut.text);
    std::string out;
    for (auto const& text : seen) out += "\"" + text + "\" ";
    return out;
}

constexpr std::tuple<float, float, float> sizes[] = {
    {1280, 720, 1}, {1920, 1080, 1}, {3840, 2160, 1}, {3840, 2160, 2}};

TEST(Labels, are_whole_in_help_palette_and_prompts) {
    for (auto [width, height, scale] : sizes) {
        Stage stage(width, height, scale);
        // So that nothing behind them speaks.
        auto silent = std::make_shared<sim::debug::Snapshot>(*stage.snapshot);
        silent->console = {};
        stage.snapshot = silent;
        stage.shell->bare = true;
        stage.shell->show_alone(model::ViewId::console);
        stage.frame(3);
        auto const draw = [&] { stage.frame(3); };
        auto const where = std::to_string(static_cast<int>(width)) + " at " + std::to_string(scale);
        stage.shell->perform({model::CommandId::help, {}});
        EXPECT_EQ(cut_there(draw), "") << "help, " << where;
        stage.shell->perform({model::CommandId::palette, {}});
        EXPECT_EQ(cut_there(draw), "") << "palette, " << where;
        for (auto const& row : model::palette_rows("")) {
            if (row.request.id != model::CommandId::type_argument && !model::prompted_by(row.request.id))
                continue;
            stage.shell->perform(row.request);
            EXPECT_EQ(cut_there(draw), "") << row.title << ", " << where;
        }
    }
}

TEST(Labels, are_whole_on_the_start_page) {
    model::StartPage page;
    page.groups[0] = {
        {"Back to http, live", "at 12.345 ms, where its window was when it was cut off", {"open"}},
        {"a-recording-with-a-long-name-of-many-words-in-it.run", "9.4 KiB", {"open"}}};
    page.groups[1] = {{"http", "serves pages on port 80 to whoever asks", {"run", "http"}}};
    page.groups[2] = {{"Loss, fast retransmit and the timer", "12 min", {"tour"}}};
    page.groups[3] = {{"0  The first hour", "", {"lab"}}};
    for (bool empty : {false, true})
        for (auto [width, height, scale] : sizes) {
            Stage stage(width, height, scale);
            StartView view(empty ? model::StartPage{} : page);
            EXPECT_EQ(cut_there([&] {
                          ImGui::NewFrame();
                          view.draw();
                          ImGui::Render();
                      }),
                      "")
                << width;
        }
}

// The pointer goes over everything; what it is told there is whole and on the screen.
TEST(Labels, are_whole_in_tooltips_and_none_leaves_the_screen) {
    Stage stage(1280, 720, 1);
    ImGui::GetIO().DeltaTime = 1;  // no tooltip waits
    std::set<std::string> cut;
    unsigned told = 0;
    for (auto const& p : model::all_perspectives()) {
        stage.shell->show(p.id);
        stage.frame(3);
        for (float y = 14; y < 720; y += 30)
            for (float x = 14; x < 1280; x += 52) {
                ImGui::GetIO().AddMousePosEvent(x, y);
                stage.frame(2);
                std::vector<widgets::Cut> cuts;
                widgets::listen_for_cuts(&cuts);
                stage.frame();
                widgets::listen_for_cuts(nullptr);
                for (auto const& c : cuts)
                    if (is_label(c.text)) cut.insert(c.text);
                for (ImGuiWindow const* w : ImGui::GetCurrentContext()->Windows) {
                    if (!w->Active || w->Hidden || !(w->Flags & ImGuiWindowFlags_Tooltip)) continue;
                    ++told;
                    EXPECT_TRUE(w->Pos.x >= 0 && w->Pos.y >= 0 && w->Pos.x + w->Size.x <= 1280 &&
                                w->Pos.y + w->Size.y <= 720)
                        << p.name << " at " << x << ", " << y;
                }
            }
    }
    EXPECT_GT(told, 200u) << "this tests nothing";
    EXPECT_TRUE(cut.empty()) << ::testing::PrintToString(cut);
}

TEST(Labels, what_is_cut_is_heard_of) {
    Stage stage;
    stage.frame();
    std::vector<widgets::Cut> cuts;
    widgets::listen_for_cuts(&cuts);
    EXPECT_NE(widgets::cut_to(widgets::fonts().text, "a label that is much too long", 40),
              "a label that is much too long");
    EXPECT_EQ(widgets::cut_to(widgets::fonts().text, "short", 400), "short");
    widgets::listen_for_cuts(nullptr);
    ASSERT_EQ(cuts.size(), 1u);
    EXPECT_EQ(cuts[0].text, "a label that is much too long");
    EXPECT_GT(cuts[0].wanted, cuts[0].given);
}

}  // namespace
}  // namespace viz::app
