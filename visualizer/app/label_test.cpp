// SPDX-License-Identifier: GPL-2.0-or-later
//
// No label is cut in any view from 1280x720 to 3840x2160. What is cut may only be data,
// which can be as long as it likes: the names of functions, the lines of packets,
// numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "visualizer/app/stage.hpp"
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
         {std::tuple{1280.0f, 720.0f, 1.0f}, {3840.0f, 2160.0f, 1.0f}, {3840.0f, 2160.0f, 2.0f}}) {
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
        stage.shell->perform({model::CommandId::welcome, {}});
        EXPECT_EQ(cut_labels(stage), "") << where("first steps");
    }
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
