// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "visualizer/app/stage.hpp"
#include "visualizer/app/start_files.hpp"
#include "visualizer/app/start_view.hpp"

namespace viz::app {
namespace {

namespace fs = std::filesystem;
using model::StartGroup;

// A repository with one of each, as far as no build is needed.
class StartFiles : public ::testing::Test {
protected:
    void SetUp() override {
        root = fs::temp_directory_path() / ("viv_start_test." + std::to_string(getpid()));
        fs::create_directories(root / "build");
        fs::create_directories(root / "labs/00-first");
        fs::create_directories(root / "labs/01-broken");
        std::ofstream(root / "build/a.run") << "12345";
        std::ofstream(root / "build/notes.txt") << "no recording";
        if (char const* before = std::getenv("VIV_BUILD")) build_before = before;
        setenv("VIV_BUILD", (root / "build").c_str(), 1);
        fs::create_directories(root / "build/images");
        fs::create_directories(root / "kernel/apps");
        for (char const* name : {"hello", "http"})
            std::ofstream(root / "build/images" / (name + std::string(".elf"))) << "an image";
        std::ofstream(root / "kernel/apps/README.md")
            << "| folder | application | look at |\n|---|---|---|\n"
               "| `hello` | says hello | all of it |\n"
               "| [`http`](http/README.md) | serves `a page` | `main.cpp` |\n"
               "| `unbuilt` | has no image | all of it |\n";
        std::ofstream(root / "labs/00-first/lab.json") << R"({"number": 0, "title": "The first hour"})";
        std::ofstream(root / "labs/01-broken/lab.json") << R"({"number": "one", "title": )";
    }
    void TearDown() override {
        if (build_before)
            setenv("VIV_BUILD", build_before->c_str(), 1);
        else
            unsetenv("VIV_BUILD");
        fs::remove_all(root);
    }
    fs::path root;
    std::optional<std::string> build_before;
};

TEST_F(StartFiles, are_found_and_what_cannot_be_read_is_left_out) {
    auto const page = find_start_page(root);
    bool found = false;
    for (auto const& e : page.of(StartGroup::recordings)) {
        EXPECT_TRUE(e.title.ends_with(".run")) << e.title;
        found |= e.words == std::vector<std::string>{"open", (root / "build/a.run").string()};
    }
    EXPECT_TRUE(found);
    auto const& applications = page.of(StartGroup::applications);
    ASSERT_EQ(applications.size(), 2u);
    EXPECT_EQ(applications[0].title + ": " + applications[0].detail, "hello: says hello");
    EXPECT_EQ(applications[1].title + ": " + applications[1].detail, "http: serves a page");
    EXPECT_EQ(applications[1].words, std::vector<std::string>{"demo"});
    ASSERT_EQ(page.of(StartGroup::labs).size(), 1u);
    EXPECT_EQ(model::command_of(page.of(StartGroup::labs)[0]), "./viv lab start 0");
}

TEST(StartView, is_walked_by_arrows_and_enter_and_a_lab_names_its_command) {
    Stage stage;  // for its context and fonts
    model::StartPage page;
    page.groups[0] = {{"a.run", "5 B", {"open", "a.run"}}, {"b.run", "5 B", {"open", "b.run"}}};
    page.groups[3] = {{"0  The first hour", "", {"lab", "start", "0"}}};
    StartView view(page);
    auto frames = [&](unsigned n) {
        for (unsigned i = 0; i < n; ++i) {
            ImGui::NewFrame();
            view.draw();
            ImGui::Render();
        }
    };
    auto key = [&](ImGuiKey k) {
        ImGui::GetIO().AddKeyEvent(k, true);
        frames(1);
        ImGui::GetIO().AddKeyEvent(k, false);
        frames(1);
    };
    frames(3);
    EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 500);
    EXPECT_FALSE(view.chosen);
    key(ImGuiKey_DownArrow);
    key(ImGuiKey_Enter);
    ASSERT_TRUE(view.chosen);
    EXPECT_EQ(view.chosen->words[1], "b.run");
    view.chosen.reset();
    key(ImGuiKey_LeftArrow);
    key(ImGuiKey_Enter);
    EXPECT_FALSE(view.chosen) << "it is not done in a window";
    EXPECT_NE(view.notice.find("./viv lab start 0"), std::string::npos);
    key(ImGuiKey_LeftArrow);  // an empty group
    key(ImGuiKey_Enter);
    EXPECT_FALSE(view.chosen);
    key(ImGuiKey_Escape);
    EXPECT_TRUE(view.quit);
}

}  // namespace
}  // namespace viz::app
