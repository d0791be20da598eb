// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "simulator/recording/world_file.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/stage.hpp"
#include "visualizer/app/start_files.hpp"
#include "visualizer/app/start_view.hpp"

namespace viz::app {
namespace {

namespace fs = std::filesystem;
using model::StartGroup;

// A repository with one of each, as far as no build is needed.
// Another value of a variable of the environment for as long as it lives.
class Variable {
public:
    Variable(char const* name, std::string const& value) : name_(name) {
        if (char const* before = std::getenv(name)) before_ = before;
        setenv(name, value.c_str(), 1);
    }
    ~Variable() {
        if (before_)
            setenv(name_, before_->c_str(), 1);
        else
            unsetenv(name_);
    }
    Variable(Variable const&) = delete;
    Variable& operator=(Variable const&) = delete;

private:
    char const* name_;
    std::optional<std::string> before_;
};

class StartFiles : public ::testing::Test {
protected:
    void SetUp() override {
        root = fs::temp_directory_path() / ("viv_start_test." + std::to_string(getpid()));
        fs::create_directories(root / "build");
        fs::create_directories(root / "labs/00-first");
        fs::create_directories(root / "labs/01-broken");
        std::ofstream(root / "build/a.run") << "12345";
        std::ofstream(root / "build/notes.txt") << "no recording";
        build.emplace("VIV_BUILD", root / "build");
        states.emplace("XDG_STATE_HOME", root / "states");  // whoever runs this may have windows to come back to
        fs::create_directories(root / "build/images");
        fs::create_directories(root / "kernel/apps");
        for (char const* name : {"hello", "http", "costs"})
            std::ofstream(root / "build/images" / (name + std::string(".elf"))) << "an image";
        std::ofstream(root / "kernel/apps/README.md")
            << "| folder | application | look at |\n|---|---|---|\n"
               "| `hello` | says hello | all of it |\n"
               "| [`http`](http/README.md) | serves `a page` | `main.cpp` |\n"
               "| `costs` | is for measurements | all of it |\n"
               "| `fetch` | has no image | all of it |\n";
        fs::create_directories(root / "visualizer/tours");
        std::ofstream(root / "visualizer/tours/short.tour")
            << "tour short\ntitle A short one\nabout Nothing much.\nminutes 3\nmachine hello\n\n"
               "step One\nsay Hello.\n";
        std::ofstream(root / "labs/00-first/lab.json") << R"({"number": 0, "title": "The first hour"})";
        std::ofstream(root / "labs/01-broken/lab.json") << R"({"number": "one", "title": )";
    }
    void TearDown() override {
        fs::remove_all(root);
    }
    fs::path root;
    std::optional<Variable> build, states;
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
    ASSERT_EQ(page.of(StartGroup::tours).size(), 1u) << "those of this repository";
    EXPECT_EQ(page.of(StartGroup::tours)[0].title, "A short one");
    ASSERT_EQ(page.of(StartGroup::labs).size(), 1u);
    EXPECT_EQ(model::command_of(page.of(StartGroup::labs)[0]), "./viv lab start 0");
}

// What the page says of each stands in the table of this repository.
TEST(StartFilesOfThisRepository, say_what_each_offered_application_is_for) {
    char const* const root = std::getenv("VIV_ROOT");
    ASSERT_TRUE(root) << "run it by ctest, or set VIV_ROOT";
    std::ifstream file(fs::path(root) / "kernel/apps/README.md");
    std::string const table((std::istreambuf_iterator<char>(file)), {});
    for (std::string const name : offered_applications()) {
        std::string const cell = "`" + name + "`";
        bool const row =
            table.find("\n| " + cell) != std::string::npos || table.find("\n| [" + cell) != std::string::npos;
        EXPECT_TRUE(row) << name;
    }
    EXPECT_GE(offered_applications().size(), 9u);
}

// `viv open` shows one machine: it would refuse.
TEST_F(StartFiles, recordings_of_several_machines_are_not_offered) {
    sim::recording::WorldRecording world;
    world.topology = "{}";
    world.members = {{"a", "net-a.run"}};
    sim::recording::write_world_file(root / "build/net.run", world);
    ASSERT_TRUE(sim::recording::is_world_file(root / "build/net.run"));
    auto const page = find_start_page(root);
    bool one = false;
    for (auto const& e : page.of(StartGroup::recordings)) {
        EXPECT_NE(e.title, "net.run");
        one |= e.title == "a.run";
    }
    EXPECT_TRUE(one);
}

// How far the list that does not fit is scrolled, and how far it can be.
std::pair<float, float> scrolled() {
    for (ImGuiWindow const* w : ImGui::GetCurrentContext()->Windows)
        if (std::string_view(w->Name).find("/entries_") != std::string_view::npos && w->Active &&
            w->ScrollMax.y > 0)
            return {w->Scroll.y, w->ScrollMax.y};
    ADD_FAILURE() << "no list scrolls";
    return {};
}

TEST(StartView, shows_the_row_that_keys_have_chosen) {
    Stage stage(800, 500);
    model::StartPage page;
    for (int i = 0; i < 24; ++i)
        page.groups[0].push_back({std::to_string(i) + ".run", "5 B", {"open", std::to_string(i)}});
    StartView view(page);
    auto frames = [&](unsigned n) {
        for (unsigned i = 0; i < n; ++i) {
            ImGui::NewFrame();
            view.draw();
            ImGui::Render();
        }
    };
    auto key = [&](ImGuiKey k, int times) {
        for (int i = 0; i < times; ++i) {
            ImGui::GetIO().AddKeyEvent(k, true);
            frames(2);
            ImGui::GetIO().AddKeyEvent(k, false);
            frames(2);
        }
    };
    frames(3);
    EXPECT_EQ(scrolled().first, 0);
    key(ImGuiKey_DownArrow, 23);
    auto const [at, most] = scrolled();
    EXPECT_GT(most, 100);
    EXPECT_GE(at, most - 2) << "the last row is chosen";
    key(ImGuiKey_UpArrow, 1);
    EXPECT_EQ(scrolled().first, at) << "it is still to be seen: nothing moves";
    key(ImGuiKey_UpArrow, 22);
    EXPECT_LE(scrolled().first, 2);
}

TEST(StartPicture, is_refused_what_only_a_machine_has) {
    auto refusal = [](auto&& change) -> std::string {
        ShotWords words;
        words.view = "start";
        words.output = "/nowhere/start.png";
        change(words);
        try {
            shot(words);
        } catch (std::runtime_error const& error) {
            return error.what();
        }
        return "";
    };
    using W = ShotWords;
    EXPECT_NE(refusal([](W& w) { w.application = "http"; }).find("--app"), std::string::npos);
    EXPECT_NE(refusal([](W& w) { w.recording = "a.run"; }).find("--recording"), std::string::npos);
    EXPECT_NE(refusal([](W& w) { w.place = "12"; }).find("--at"), std::string::npos);
    EXPECT_NE(refusal([](W& w) { w.question = "1"; }).find("--ask"), std::string::npos);
    EXPECT_NE(refusal([](W& w) { w.scale = 900; }).find("--scale"), std::string::npos);
    EXPECT_NE(refusal([](W& w) { w.size = "1x1"; }).find("--size"), std::string::npos);
    EXPECT_NE(refusal([](W& w) { w.view = "strat"; }).find(", start"), std::string::npos) << "it is named";
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
