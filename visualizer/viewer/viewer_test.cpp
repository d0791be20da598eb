// SPDX-License-Identifier: GPL-2.0-or-later
//
// An album of the demo's recording against the recording itself: whatever a view prints
// must be the same. And the shell, drawing it with nobody's screen.
#include "visualizer/viewer/viewer.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "simulator/album/album_file.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/line_mode.hpp"
#include "visualizer/app/stage.hpp"
#include "visualizer/viewer/web/keyboard.hpp"
#include "visualizer/viewer/web/touch.hpp"

namespace viz::viewer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// Of a life with many moments, some of each kind. `end` last: nothing was forgotten on the way.
constexpr char const* places[] = {"0",        "interrupt:2",  "switch:3",     "packet:1", "packet:7",
                                  "packet:9", "packet:2", "connection:2", "switch:1", "end"};

class ViewerTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        folder = fs::temp_directory_path() / ("viv_viewer_test." + std::to_string(getpid()));
        fs::create_directories(folder);
        app::DemoWords words;
        words.headless = true;
        words.port = 0;
        words.exit_after = 2;
        words.self_request = true;
        words.record = folder / "demo.run";
        ::testing::internal::CaptureStdout();
        ASSERT_EQ(0, app::demo(words));
        ::testing::internal::GetCapturedStdout();
        bytes = app::album_of(folder / "demo.run");
        album = sim::album::read_album(sim::album::unpacked(bytes));
    }
    static void TearDownTestSuite() { fs::remove_all(folder); }

    // How many checkpoints a machine keeps is its own affair.
    static std::string comparable(std::string text) {
        for (char const* word : {"checkpoints:", "\"checkpoints", "\"checkpoints_widest"})
            for (std::size_t at; (at = text.find(word)) != std::string::npos;)
                text.erase(at, text.find('\n', at) - at);
        // An album says nothing about the folder of the image.
        for (std::string const& image : {std::string("\"image\": \""), std::string("of RAM, image ")})
            if (std::size_t const at = text.find(image); at != std::string::npos)
                if (std::size_t const slash = text.rfind('/', text.find('\n', at));
                    slash != std::string::npos && slash > at)
                    text.erase(at + image.size(), slash + 1 - at - image.size());
        return text;
    }

    static inline fs::path folder;
    static inline std::vector<std::uint8_t> bytes;
    static inline std::shared_ptr<sim::album::Album const> album;
};

TEST_F(ViewerTest, every_view_prints_what_the_recording_prints_at_that_moment) {
    app::Watch watch = app::watch_recording(folder / "demo.run");
    Reader reader(album);
    for (char const* place : places) {
        ASSERT_EQ("", app::travel(watch, place)) << place;
        std::string told;
        app::LineMode lines(watch, [&](std::string_view text) { told += text; });
        lines.look_at(place);
        ASSERT_EQ("", go_to(reader.life, reader.desk, place)) << place;
        for (bool json : {false, true})
            for (auto const& view : model::text_views()) {
                if (std::string_view(view.name) == "heat") continue;  // from checkpoint to checkpoint: an album has its own
                if (std::string_view(view.name) == "accesses") continue;  // lived again, where there is a machine
                told.clear();
                lines.print(view.name, json);
                EXPECT_EQ(comparable(told), comparable(print(reader.life, reader.door, reader.desk, view.name, json)))
                    << view.name << " at " << place;
            }
        reader.desk.state().selected = {};
    }
}

TEST_F(ViewerTest, reads_and_writes_are_not_counted_and_the_reason_is_told) {
    Reader reader(album);
    for (bool json : {false, true}) {
        std::string const told = print(reader.life, reader.door, reader.desk, "accesses", json);
        EXPECT_NE(told.find("an album has no machine"), std::string::npos) << told;
    }
    reader.desk.perform({model::CommandId::show_writes, {}});
    EXPECT_EQ(reader.desk.state().map_colouring, model::MapColouring::owner);
    EXPECT_NE(reader.desk.take_notices().back().find("an album has no machine"), std::string::npos);
    reader.desk.perform({model::CommandId::show_changes, {}});
    EXPECT_EQ(reader.desk.state().map_colouring, model::MapColouring::changes);
}

TEST_F(ViewerTest, memory_anywhere_and_walks_of_any_address_are_the_recordings) {
    app::Watch watch = app::watch_recording(folder / "demo.run");
    Reader reader(album);
    for (char const* place : {"packet:5", "interrupt:2"}) {
        ASSERT_EQ("", app::travel(watch, place));
        ASSERT_EQ("", go_to(reader.life, reader.desk, place));
        sim::debug::ViewRequest request;
        for (std::uint64_t at = 0; at < 64; ++at)
            request.memory.push_back({sim::debug::AddressSpace::physical, at << 20, 1 << 20});
        request.memory.push_back({sim::debug::AddressSpace::virtual_, 0xffff'ffff'8000'0000, 1 << 20});
        request.walk = sim::debug::WalkRequest{0xffff'ffff'8000'1234};
        watch.session->request(request);
        watch.session->advance();
        reader.life.request(request);
        reader.life.advance();
        auto const real = watch.session->snapshot();
        auto const shown = reader.life.snapshot();
        ASSERT_EQ(real->memory.size(), shown->memory.size());
        for (std::size_t i = 0; i < real->memory.size(); ++i)
            EXPECT_EQ(real->memory[i].bytes, shown->memory[i].bytes) << i << " at " << place;
        EXPECT_EQ(real->walk->verdict, shown->walk->verdict);
    }
}

TEST_F(ViewerTest, holds_the_sources_of_the_kernel_and_stays_small) {
    EXPECT_TRUE(std::ranges::any_of(album->sources, [](auto const& file) {
        return file.name.ends_with("kernel/threads/scheduler.cpp") && file.text.find("SPDX") != std::string::npos;
    }));
    EXPECT_TRUE(std::ranges::none_of(album->sources, [](auto const& file) { return file.name.starts_with("/"); }));
    EXPECT_LT(bytes.size(), 12U << 20);
    EXPECT_THAT(describe(*album), HasSubstr("packets"));
}

TEST_F(ViewerTest, the_window_draws_all_perspectives_and_obeys_keys_and_commands) {
    app::Stage stage(1600, 900);
    Viewer viewer(album);
    auto const frames = [&](unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            ImGui::NewFrame();
            viewer.frame(false);
            ImGui::Render();
            while (viewer.restless()) {
                ImGui::NewFrame();
                viewer.frame(false);
                ImGui::Render();
            }
        }
    };
    EXPECT_EQ("", viewer.go_to("packet:7"));
    for (auto const& perspective : model::all_perspectives()) {
        viewer.shell().show(perspective.id);
        frames(4);
        EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 2000) << perspective.name;
    }
    auto const before = viewer.life().moment();
    EXPECT_EQ("", viewer.obey("step.forward"));
    frames(2);
    EXPECT_EQ(before + 1, viewer.life().moment());
    // An unknown command is refused; one that needs a machine says why.
    EXPECT_NE("", viewer.obey("no.such.command"));
    EXPECT_EQ("", viewer.obey("fork"));
    frames(2);
    EXPECT_THAT(viewer.life().snapshot()->last_command.text, HasSubstr("has no machine"));
}

std::string text_of(fs::path const& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The browser's build has an older library; without Emscripten this is the only warning.
TEST(OlderLibrary, has_every_algorithm_on_ranges_that_the_pages_files_use) {
    std::string const shim = text_of(fs::path(std::getenv("VIV_ROOT")) / "visualizer/viewer/web/older_library.hpp");
    std::string const list = text_of(fs::path(std::getenv("VIV_BUILD")) / "browser/sources.cmake");
    std::regex const source(R"(viewer_source\(\S+ (\S+) )"), use(R"(std::ranges::(\w+)\()");
    unsigned files = 0, uses = 0;
    for (std::sregex_iterator f(list.begin(), list.end(), source), end; f != end; ++f, ++files) {
        std::string const text = text_of((*f)[1].str());
        for (std::sregex_iterator u(text.begin(), text.end(), use); u != end; ++u, ++uses)
            EXPECT_NE(shim.find(" " + (*u)[1].str() + "("), std::string::npos)
                << (*f)[1] << " uses std::ranges::" << (*u)[1]
                << ": add it to visualizer/viewer/web/older_library.hpp";
    }
    EXPECT_GT(files, 80U);
    EXPECT_GT(uses, 40U);
}

TEST(Keyboard, keys_go_by_what_is_written_on_them_and_names_by_their_place) {
    EXPECT_EQ(ImGuiKey_A, key_of("KeyQ", "a"));  // a French board
    EXPECT_EQ(ImGuiKey_Z, key_of("KeyY", "Z"));
    EXPECT_EQ(ImGuiKey_LeftBracket, key_of("Digit8", "["));
    EXPECT_EQ(ImGuiKey_Slash, key_of("Minus", "?"));
    EXPECT_EQ(ImGuiKey_LeftArrow, key_of("ArrowLeft", "ArrowLeft"));
    EXPECT_EQ(ImGuiKey_F10, key_of("F10", "F10"));
    EXPECT_EQ(ImGuiKey_Space, key_of("Space", " "));
    EXPECT_EQ(ImGuiKey_None, key_of("ShiftLeft", "Shift"));
}

// A browser on a Mac never tells that the P of Cmd+P was let go.
TEST(Keyboard, below_command_a_key_is_let_go_at_once) {
    app::Stage stage(640, 480);
    auto const& io = ImGui::GetIO();
    unsigned pressed = 0;
    auto const frames = [&] {
        for (int i = 0; i < 3; ++i) {
            ImGui::NewFrame();
            if (ImGui::IsKeyPressed(ImGuiKey_P, false)) {
                ++pressed;
                EXPECT_TRUE(io.KeyCtrl) << "it does what Ctrl does elsewhere";
            }
            EXPECT_EQ(io.InputQueueCharacters.Size, 0);
            ImGui::Render();
        }
    };
    KeyStroke const stroke{.code = "KeyP", .key = "p", .down = true, .command = true};
    EXPECT_TRUE(tell(ImGui::GetIO(), stroke));
    frames();
    EXPECT_EQ(pressed, 1u);
    EXPECT_FALSE(ImGui::IsKeyDown(ImGuiKey_P));
    EXPECT_TRUE(tell(ImGui::GetIO(), stroke)) << "once more";
    frames();
    EXPECT_EQ(pressed, 2u);
    EXPECT_FALSE(tell(ImGui::GetIO(), {.code = "MetaLeft", .key = "Meta"}));
    frames();
    EXPECT_FALSE(io.KeyCtrl);
}

// A button, and a list of which nothing is chosen by scrolling.
class Touch : public ::testing::Test {
protected:
    using What = Fingers::What;
    void tell(What what, std::initializer_list<Finger> list) {
        fingers.told(ImGui::GetIO(), what, {list.begin(), list.size()}, 40);
        frames(6);
    }
    void frames(unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            ImGui::NewFrame();
            ImGui::SetNextWindowPos({0, 0});
            ImGui::SetNextWindowSize({600, 400});
            ImGui::Begin("window", nullptr, ImGuiWindowFlags_NoDecoration);
            ImGui::SetCursorPos({100, 100});
            clicks += ImGui::Button("button", {100, 50});
            hovered = ImGui::IsItemHovered();
            wheel += ImGui::GetIO().MouseWheel;
            ImGui::End();
            ImGui::Render();
        }
    }
    app::Stage stage{640, 480};
    Fingers fingers;
    unsigned clicks = 0;
    float wheel = 0;
    bool hovered = false;
    Finger const one{{150, 125}}, one_up{{150, 125}, true}, other{{300, 300}}, other_up{{300, 300}, true};
};

TEST_F(Touch, a_tap_is_one_click_and_leaves_nothing_below_a_pointer) {
    frames(2);
    tell(What::put_down, {one});
    EXPECT_TRUE(ImGui::GetIO().MouseDown[0]);
    EXPECT_TRUE(hovered);
    tell(What::lifted, {one_up});
    EXPECT_EQ(clicks, 1u);
    EXPECT_FALSE(hovered);
}

TEST_F(Touch, two_fingers_scroll_and_click_nothing_however_they_are_lifted) {
    frames(2);
    for (bool together : {true, false}) {
        wheel = 0;
        tell(What::put_down, {one});
        tell(What::put_down, {one, other});
        EXPECT_FALSE(ImGui::GetIO().MouseDown[0]);
        tell(What::moved, {{{150, 165}}, {{300, 340}}});
        EXPECT_FLOAT_EQ(wheel, 1) << "as far as both on the mean";
        if (together) {
            tell(What::lifted, {one_up, other_up});
        } else {
            tell(What::lifted, {one, other_up});
            tell(What::moved, {{{150, 120}}});
            EXPECT_FLOAT_EQ(wheel, 1) << "one alone scrolls nothing";
            tell(What::lifted, {one_up});
        }
        EXPECT_FALSE(ImGui::GetIO().MouseDown[0]);
        EXPECT_EQ(clicks, 0u);
    }
}

TEST_F(Touch, what_is_cancelled_lets_go_and_clicks_nothing) {
    frames(2);
    tell(What::put_down, {one});
    tell(What::cancelled, {one_up});
    EXPECT_FALSE(ImGui::GetIO().MouseDown[0]);
    EXPECT_EQ(clicks, 0u);
    tell(What::put_down, {one});
    tell(What::lifted, {one_up});
    EXPECT_EQ(clicks, 1u) << "and the next tap is one";
}

TEST(Keyboard, characters_are_told_from_names_and_the_browsers_keys_are_left_to_it) {
    EXPECT_TRUE(is_character("a"));
    EXPECT_TRUE(is_character("\xc3\xa4"));
    EXPECT_TRUE(is_character(" "));
    EXPECT_FALSE(is_character("Shift"));
    EXPECT_FALSE(is_character(""));
    EXPECT_TRUE(stays_with_browser("KeyR", true));
    EXPECT_TRUE(stays_with_browser("F5", false));
    EXPECT_FALSE(stays_with_browser("KeyP", true));
    EXPECT_FALSE(stays_with_browser("KeyR", false));
}

}  // namespace
}  // namespace viz::viewer
