// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole way: the HTTP image boots in the simulator, answers over real
// sockets, leaves a recording; the recording opens as text and as pictures.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>

#include "simulator/cli/interruption.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/line_mode.hpp"
#include "visualizer/app/render.hpp"

namespace viz::app {
namespace {

namespace fs = std::filesystem;

// One demo for all tests: it takes seconds.
class Demo : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder = fs::temp_directory_path() / ("viv_demo_test." + std::to_string(getpid()));
        fs::create_directories(folder);
        DemoWords words;
        words.headless = true;
        words.port = 0;
        words.exit_after = 3;
        words.self_request = true;
        words.record = folder / "demo.run";
        testing::internal::CaptureStdout();
        status = demo(words);
        told = testing::internal::GetCapturedStdout();
    }
    static void TearDownTestSuite() { fs::remove_all(folder); }

    static std::string print(std::string const& place, char const* view) {
        OpenWords words;
        words.file = (folder / "demo.run").string() + place;
        words.headless = true;
        words.print = view;
        testing::internal::CaptureStdout();
        int printed = open(words);
        std::string text = testing::internal::GetCapturedStdout();
        EXPECT_EQ(printed, 0);
        return text;
    }
    static std::string refusal(auto&& call) {
        try {
            call();
        } catch (std::runtime_error const& error) {
            return error.what();
        }
        return "";
    }

    static inline fs::path folder;
    static inline int status = -1;
    static inline std::string told;
};

TEST_F(Demo, answers_its_own_requests_and_tells_the_story) {
    EXPECT_EQ(status, 0);
    EXPECT_NE(told.find("guest | "), std::string::npos);
    EXPECT_NE(told.find("requests 3"), std::string::npos);
    EXPECT_TRUE(fs::exists(folder / "demo.run"));
    EXPECT_GT(fs::file_size(folder / "demo.png"), 20'000u);
}

TEST_F(Demo, its_recording_opens_at_the_end_and_at_a_packet) {
    std::string packets = print("", "packets");
    EXPECT_NE(packets.find("HTTP/1.1 200 OK"), std::string::npos);
    EXPECT_NE(packets.find("GET /"), std::string::npos);
    EXPECT_EQ(print("@packet:1", "console").find("serving"), std::string::npos)
        << "not yet printed at that moment";
    EXPECT_NE(print("", "console").find("serving"), std::string::npos);
    EXPECT_NE(print("", "threads").find("idle"), std::string::npos);
    EXPECT_NE(print("", "walk").find("PML4E"), std::string::npos);
    EXPECT_GT(print("", "memory").size(), 512u);
}

// Another engine made it: it is looked at, and told why it cannot be run.
TEST(OldRecording, opens_to_be_looked_at) {
    char const* root = std::getenv("VIV_ROOT");
    OpenWords words;
    words.file = std::string(root ? root : ".") + "/simulator/recording/testdata/engine-10.run@5000";
    words.headless = true;
    words.print = "overview";
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    EXPECT_EQ(open(words), 0);
    std::string const err = testing::internal::GetCapturedStderr();
    EXPECT_NE(testing::internal::GetCapturedStdout().find("paused at 5000 of 5000"), std::string::npos);
    EXPECT_NE(err.find("recorded by engine version 10"), std::string::npos) << err;
    EXPECT_NE(err.find("view only"), std::string::npos) << err;
}

TEST_F(Demo, events_name_connections_and_their_states) {
    std::string const events = print("", "events");
    EXPECT_NE(events.find("Established"), std::string::npos);
    EXPECT_NE(events.find("10.0.2.15:80 with 10.0.2.2:"), std::string::npos) << events;
    // And at each change what either side offers, of a connection whose name is known.
    for (std::string const side : {"the peer", "the guest"}) {
        std::size_t const at = events.find(side + " offers ");
        ASSERT_NE(at, std::string::npos) << side << "\n" << events;
        std::string const line = events.substr(at, events.find('\n', at) - at);
        EXPECT_NE(line.find("10.0.2.15:80 with 10.0.2.2:"), std::string::npos) << line;
    }
}

// From a packet to the line of code that handled it, by lines alone.
TEST_F(Demo, a_hunt_by_lines) {
    Watch watch = watch_recording(folder / "demo.run");
    ASSERT_EQ(travel(watch, "end"), "");
    std::string said;
    LineMode lines(watch, [&](std::string_view text) { said += text; });
    auto say = [&](std::string_view line) {
        said.clear();
        lines.obey(line);
        return said;
    };
    EXPECT_NE(say("overview").find("landmarks:"), std::string::npos);
    say("filter.packets http in");
    std::string const packets = say("packets");
    EXPECT_NE(packets.find("GET /"), std::string::npos);
    EXPECT_EQ(packets.find("200 OK"), std::string::npos) << "those went out";
    say("filter.packets");
    EXPECT_NE(say("packet:6").find("selected: packet 6"), std::string::npos);
    EXPECT_NE(say("ask.story").find("packet"), std::string::npos);
    EXPECT_NE(say("next.interrupt").find("paused at"), std::string::npos);
    EXPECT_NE(say("threads").find("idle"), std::string::npos);
    EXPECT_NE(say("show.code main").find("main"), std::string::npos);
    EXPECT_NE(say("filter.events connections").size(), 1u);
    EXPECT_NE(say("events").find("Established"), std::string::npos);
    EXPECT_EQ(lines.refused(), 0u) << said;
}

// What stands between backticks in a cell.
std::vector<std::string> quoted(std::string const& cell) {
    std::vector<std::string> out;
    for (std::size_t at = cell.find('`'); at != std::string::npos;) {
        std::size_t const end = cell.find('`', at + 1);
        if (end == std::string::npos) break;
        out.push_back(cell.substr(at + 1, end - at - 1));
        at = cell.find('`', end + 1);
    }
    return out;
}

// The cells of a line of a table.
std::vector<std::string> cells(std::string const& line) {
    std::vector<std::string> out;
    for (std::size_t at = 1, end = 0; (end = line.find('|', at)) != std::string::npos; at = end + 1)
        out.push_back(line.substr(at, end - at));
    return out;
}

// Has a text these words? # is any number; between words there can be more room.
bool has(std::string const& text, std::string const& words) {
    std::string pattern;
    for (std::size_t i = 0; i < words.size(); ++i) {
        char const c = words[i];
        bool const name = i + 1 < words.size() && std::isalpha(static_cast<unsigned char>(words[i + 1]));
        if (c == ' ')
            pattern += "\\s+";
        else if (c == '#' && !name)  // and not "#PF"
            pattern += "[0-9]+";
        else if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':' || c == ',')
            pattern += c;
        else
            pattern += std::string("\\") + c;
    }
    return std::regex_search(text, std::regex(pattern));
}

// A run to its end, recorded.
void record_run(std::string const& application, std::string const& append, fs::path const& file) {
    sim::cli::RunWords words;
    words.application = application;
    words.append = append;
    words.record = file;
    Watch watch = watch_live(sim::cli::check(words), application);
    watch.session->post(sim::debug::Run{});
    while (watch.session->advance()) {
    }
    watch.live->finish();
}

// The table of docs/howto/questions.md, typed as it stands there, each question from
// a viewer that was just opened.
TEST_F(Demo, twelve_everyday_questions_take_at_most_four_actions_each) {
    char const* const root = std::getenv("VIV_ROOT");
    ASSERT_TRUE(root) << "run it by ctest, or set VIV_ROOT";
    std::ifstream page(fs::path(root) / "docs/howto/questions.md");
    record_run("dining", "deadlock", folder / "dining.run");
    std::map<std::string, Watch> watches;
    for (char const* name : {"demo", "dining"})
        watches.emplace(name, watch_recording(folder / (name + std::string(".run"))));
    unsigned questions = 0;
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| ") || line.find('`') == std::string::npos) continue;
        auto const row = cells(line);
        ASSERT_EQ(row.size(), 4u) << line;
        auto const recording = quoted(row[0]), actions = quoted(row[2]), words = quoted(row[3]);
        ASSERT_EQ(recording.size(), 1u) << line;
        auto const watch = watches.find(recording[0]);
        ASSERT_NE(watch, watches.end()) << line;
        EXPECT_GE(actions.size(), 1u) << line;
        EXPECT_LE(actions.size(), 4u) << line;
        ASSERT_EQ(words.size(), 1u) << line;
        ++questions;
        ASSERT_EQ(travel(watch->second, ""), "");
        std::string said;
        LineMode lines(watch->second, [&](std::string_view text) { said += text; });
        // What is said before anything is asked is no answer.
        for (char const* idle : {"overview", "help"}) lines.obey(idle);
        EXPECT_FALSE(has(said, words[0])) << line << "\n" << said;
        for (std::string const& action : actions) {
            said.clear();
            lines.obey(action);
            EXPECT_EQ(lines.refused(), 0u) << action << ": " << said;
        }
        EXPECT_TRUE(has(said, words[0])) << line << "\n" << said;
    }
    EXPECT_EQ(questions, 12u);
}

// Ctrl-C while the question is answered, not before: at the first that is heard of it.
TEST_F(Demo, a_question_is_given_up_half_way) {
    EXPECT_EXIT(
        {
            sim::cli::Interruption pressed;
            unsigned reports = 0;
            bool asked = false;
            Watch watch =
                watch_recording(folder / "demo.run", {sim::cli::Interruption::requested, [&](double share) {
                                                          if (asked && share < 1 && reports++ == 0)
                                                              raise(SIGINT);
                                                      }});
            if (!travel(watch, "end").empty() || sim::cli::Interruption::requested()) _exit(2);
            asked = true;
            auto const now = watch.session->perform(sim::debug::Ask{"first-true rip == 2"});
            if (reports == 0) _exit(3);
            if (!now->answer || !now->answer->cancelled) _exit(4);
            _exit(now->moment == watch.replay->recording().end.at ? 0 : 5);
        },
        testing::ExitedWithCode(0), "");
}

TEST_F(Demo, lines_and_a_printed_view_exclude_each_other) {
    OpenWords words;
    words.file = folder / "demo.run";
    words.repl = true;
    words.json = true;
    EXPECT_NE(refusal([&] { open(words); }).find("--repl"), std::string::npos);
    words.json = false;
    words.print = "threads";
    EXPECT_NE(refusal([&] { open(words); }).find("leave --print out"), std::string::npos);
}

TEST_F(Demo, a_question_is_given_up_at_ctrl_c_and_the_status_says_so) {
    OpenWords words;
    words.file = folder / "demo.run";
    words.headless = true;
    words.print = "answers";
    words.question = "first-true 1 == 2";
    EXPECT_EXIT(
        {
            {
                sim::cli::Interruption pressed;
                raise(SIGINT);
            }
            _exit(open(words));
        },
        testing::ExitedWithCode(130), "");
}

TEST_F(Demo, pictures_of_a_moment_of_its_recording_are_the_same_twice) {
    auto take = [&] {
        Watch watch = watch_recording(folder / "demo.run");
        EXPECT_EQ(travel(watch, "packet:4"), "");
        RenderOptions options;
        options.width = 1280, options.height = 720;
        options.scene = *scene_named("scheduling");
        std::string why;
        auto picture = render(*watch.session, options, why);
        EXPECT_EQ(why, "");
        return *picture;
    };
    EXPECT_TRUE(take() == take());
}

TEST_F(Demo, what_cannot_be_opened_is_refused_in_one_line) {
    OpenWords words;
    words.headless = true;
    words.file = folder / "missing.run";
    EXPECT_NE(refusal([&] { open(words); }).find("missing.run"), std::string::npos);
    words.file = (folder / "demo.run").string() + "@packet:100000";
    EXPECT_NE(refusal([&] { open(words); }).find("there are only"), std::string::npos);
    words.file = (folder / "demo.run").string() + "@bookmark:none";
    EXPECT_NE(refusal([&] { open(words); }).find("no bookmark"), std::string::npos);
    words.file = folder / "demo.run";
    words.print = "nonsense";
    EXPECT_NE(refusal([&] { open(words); }).find("nonsense"), std::string::npos);
    ShotWords shot_words;
    EXPECT_NE(refusal([&] { shot(shot_words); }).find("-o FILE.png"), std::string::npos);
    shot_words.output = folder / "a.png";
    shot_words.size = "10x10";
    EXPECT_NE(refusal([&] { shot(shot_words); }).find("--size"), std::string::npos);
}

TEST_F(Demo, a_foreign_file_is_not_replaced_and_a_busy_port_is_named) {
    std::ofstream(folder / "mine.png") << "my notes";
    DemoWords words;
    words.headless = true;
    words.record = folder / "other.run";
    words.picture = folder / "mine.png";
    EXPECT_NE(refusal([&] { demo(words); }).find("--picture"), std::string::npos);
    EXPECT_EQ(fs::file_size(folder / "mine.png"), 8u);
    words.picture.clear();
    words.port = 99999;
    EXPECT_NE(refusal([&] { demo(words); }).find("--port"), std::string::npos);
    EXPECT_FALSE(fs::exists(folder / "other.run"));
}

// What `./viv run diary --disk FILE --gui` shows, with nobody's screen.
TEST_F(Demo, a_disk_that_was_given_is_a_map_and_is_not_written) {
    fs::path const disk = folder / "diary.disk";
    std::ofstream(disk, std::ios::binary) << std::string(1 << 20, '\0');
    sim::cli::RunWords words;
    words.application = "diary";
    words.disks = {disk.string()};
    Watch watch = watch_live(sim::cli::check(words), "diary, live");
    watch.session->post(sim::debug::Run{});
    for (int i = 0; i < 200 && watch.session->advance(); ++i) {
    }
    std::string told;
    LineMode lines(watch, [&](std::string_view text) { told += text; });
    lines.print("disk");
    EXPECT_NE(told.find("disk0"), std::string::npos) << told;
    RenderOptions options;
    options.scene = *scene_named("disk");
    std::string why;
    EXPECT_TRUE(render(*watch.session, options, why)) << why;

    words.disks = {disk.string() + ",write-back"};
    EXPECT_NE(refusal([&] { run_with_window(words); }).find("write-back does not go with --gui"),
              std::string::npos);
}

// The machine is never driven hard: only that the figures say what they are of.
TEST_F(Demo, the_figures_of_the_window_say_of_how_many_frames_they_are) {
    UiBenchWords words;
    words.name = "ui";
    words.frames = 1;
    words.json = true;
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(bench_ui(words), 0);
    auto const told = nlohmann::json::parse(::testing::internal::GetCapturedStdout());
    EXPECT_EQ(told["frames"], 10) << "of every view at once; each view alone is not among them";
    EXPECT_EQ(told["views"].size(), model::all_perspectives().size() + model::all_views().size() + 1);
}

TEST_F(Demo, what_a_window_over_qemu_cannot_do_is_refused_by_its_name) {
    auto const refused = [](auto&& change) {
        sim::cli::RunWords words;
        words.application = "hello";
        words.on = "qemu";
        change(words);
        return refusal([&] { run_with_window(words); });
    };
    EXPECT_TRUE(refused([](auto& w) { w.disks = {"a.disk"}; }).starts_with("--disk: "));
    EXPECT_TRUE(refused([](auto& w) { w.seed = 1; }).starts_with("--seed: "));
    EXPECT_TRUE(refused([](auto& w) { w.embed = true; }).starts_with("--embed: "));
    EXPECT_TRUE(refused([](auto& w) { w.self_request = true; }).starts_with("--self-request: "));
    EXPECT_TRUE(refused([](auto& w) { w.exit_after = 3; }).starts_with("--exit-after: "));
}

}  // namespace
}  // namespace viz::app
