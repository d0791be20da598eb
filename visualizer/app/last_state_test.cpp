// SPDX-License-Identifier: GPL-2.0-or-later
//
// Programs that are killed, and what is found of them afterwards.
#include "visualizer/app/last_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "simulator/debug/session.hpp"
#include "simulator/machine/odometer.hpp"
#include "tests/scenario/tiny_image.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/start_files.hpp"
#include "visualizer/app/watch.hpp"

namespace viz::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LeftBehind : public ::testing::Test {
protected:
    LeftBehind() {
        fs::create_directories(root / "states");
        if (char const* before = std::getenv("XDG_STATE_HOME")) states_before = before;
        setenv("XDG_STATE_HOME", (root / "states").c_str(), 1);
    }
    ~LeftBehind() override {
        if (states_before)
            setenv("XDG_STATE_HOME", states_before->c_str(), 1);
        else
            unsetenv("XDG_STATE_HOME");
        fs::remove_all(root);
    }
    // Does something in a program of its own, waits until it says so, and kills it.
    template <class Work>
    pid_t killed_after(Work const& work) {
        int said[2];
        EXPECT_EQ(pipe(said), 0);
        pid_t const child = fork();
        if (child == 0) {
            close(said[0]);
            bool done = false;
            try {
                done = work([&] { return write(said[1], "x", 1) == 1; });
            } catch (std::exception const&) {
            }
            if (!done) _exit(9);
            for (;;) pause();
        }
        close(said[1]);
        char byte = 0;
        EXPECT_EQ(read(said[0], &byte, 1), 1) << "it failed before it was killed";
        close(said[0]);
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        return child;
    }
    // Two processors and a disk; writes two MiB of RAM again and again, and never ends.
    sim::cli::RunWords long_life() const {
        std::string const code{
            "\xBF\x00\x00\x20\x00\x40\x89\x07\x81\xC7\x00\x10\x00\x00\x81\xE7\xFF\xFF\x3F\x00\x81\xCF\x00\x00"
            "\x20\x00\xEB\xE9",
            28};
        std::ofstream(root / "tiny.elf", std::ios::binary) << scenario::TinyImage{code}.elf();
        std::ofstream(root / "blank.disk", std::ios::binary) << std::string(64 << 10, 'd');
        sim::cli::RunWords words;
        words.kernel = root / "tiny.elf";
        words.memory = "8M";
        words.cpus = 2;
        words.disks = {(root / "blank.disk").string()};
        return words;
    }
    fs::path root = fs::temp_directory_path() / ("viv_left_behind." + std::to_string(getpid()));
    std::optional<std::string> states_before;
};

struct NoDoor : model::Door {
    void post(sim::debug::Command) override {}
    void request(sim::debug::ViewRequest) override {}
};

// The HTTP server, live, in a program that is killed while it runs.
bool serve_for_a_while(std::string const& record, auto const& say) {
    sim::cli::RunWords words;
    words.application = "http";
    words.forwards = {"0:80"};
    words.record = record.empty() ? unasked_recording("http").string() : record;
    Watch watch = watch_live(sim::cli::check(words), "http, live", {},
                             record.empty() ? Keep::life_and_place : Keep::place);
    SessionDoor door(*watch.session);
    model::Desk desk(door);
    Autosave autosave(words.record, "http, live", false);
    watch.session->post(sim::debug::Run{});
    // Longer than the recorder keeps things to itself.
    auto const until = std::chrono::steady_clock::now() + std::chrono::milliseconds(2500);
    while (std::chrono::steady_clock::now() < until) {
        watch.session->advance();
        desk.update(watch.session->snapshot());
        autosave.update(desk);
    }
    watch.session->perform(sim::debug::Pause{});
    auto const early = sim::machine::Moment{watch.session->snapshot()->moment.retired / 2, 0};
    watch.session->perform(sim::debug::SetBookmark{{"half way", early, "", "", {}}});
    watch.session->perform(sim::debug::SeekTo{early});
    desk.update(watch.session->snapshot());
    desk.show(model::Perspective::network);
    autosave.update(desk, true);
    if (!say()) return false;
    for (;;) pause();  // returning would be an orderly end
}

TEST_F(LeftBehind, a_live_machine_is_found_again_after_kill_9_and_is_back_at_once) {
    pid_t const killed = killed_after([](auto const& say) { return serve_for_a_while("", say); });
    auto const found = left_behind();
    ASSERT_EQ(found.size(), 1u);
    LastState const& left = found[0];
    EXPECT_EQ(left.title, "http, live");
    EXPECT_GT(left.at.retired, 100'000u);
    EXPECT_THAT(left.recording.string(), HasSubstr("." + std::to_string(killed) + ".part"));
    EXPECT_THAT(left.desk, HasSubstr("\"network\""));
    ASSERT_EQ(left.bookmarks.size(), 1u);

    auto const page = find_start_page(root);
    auto const& first = page.of(model::StartGroup::recordings).at(0);
    EXPECT_EQ(first.title, "Back to http, live");
    EXPECT_EQ(first.words, (std::vector<std::string>{"open", "--resume", left.state.string()}));

    OpenWords words;
    words.resume = left.state.string();
    words.headless = words.json = true;
    words.print = "overview";
    testing::internal::CaptureStdout();
    std::clock_t const before = std::clock();
    EXPECT_EQ(open(words), 0);
    double const seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    auto const told = nlohmann::json::parse(testing::internal::GetCapturedStdout());
    EXPECT_EQ(told["moment"], to_string(left.at));
    EXPECT_LT(seconds, 3) << "of processor time";
    EXPECT_EQ(left_behind().size(), 1u) << "who only reads takes nothing away";

    forget_last_state(left);
    EXPECT_TRUE(left_behind().empty());
    EXPECT_FALSE(fs::exists(left.recording)) << "it was kept for this only";
    EXPECT_THROW(open(words), std::runtime_error);
}

TEST_F(LeftBehind, a_recording_that_was_asked_for_stays_where_it_is) {
    std::string const record = root / "mine.run";
    killed_after([&](auto const& say) { return serve_for_a_while(record, say); });
    auto const found = left_behind();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_THAT(found[0].recording.string(), HasSubstr("mine.run."));
    forget_last_state(found[0]);
    EXPECT_TRUE(fs::exists(found[0].recording));
}

// As the window does it. How many instructions were lived until it shows where one was.
struct Back {
    explicit Back(LastState const& left) {
        std::uint64_t const before = sim::machine::Odometer::executed();
        watch = watch_recording(left.recording, {}, Keep::nothing, &left);
        watch.session->perform(sim::debug::SeekTo{left.at});
        lived = sim::machine::Odometer::executed() - before;
    }
    Watch watch;
    std::uint64_t lived = 0;
};
// What is lived again at most: up to there from the checkpoint before, which comes a slice
// late, and later for the two MiB that each brings.
constexpr std::uint64_t most_lived =
    sim::recording::NearWriter::apart + sim::recording::NearWriter::per_byte * (3 << 20) + 8'000'000;

sim::machine::MachineHash hash_of(Watch& watch) {
    return dynamic_cast<sim::debug::Session&>(*watch.session).world().machine().hash();
}

TEST_F(LeftBehind, a_long_life_of_two_processors_with_a_disk_and_a_branch_is_back_for_few_instructions) {
    killed_after([&](auto const& say) {
        auto const words = long_life();
        auto options = sim::cli::check(words);
        options.record = unasked_recording("tiny");
        Watch watch = watch_live(options, "tiny, live", {}, Keep::life_and_place);
        SessionDoor door(*watch.session);
        model::Desk desk(door);
        Autosave autosave(options.record, "tiny, live", false);
        auto& session = *watch.session;
        session.perform(sim::debug::RunUntil{{120'000'000, 0}});
        session.perform(sim::debug::SeekTo{{50'000'000, 0}});
        session.perform(sim::debug::Poke{sim::debug::AddressSpace::physical, 0x8000, {0x5a}});
        session.perform(sim::debug::RunUntil{{150'000'000, 0}});
        desk.update(session.snapshot());
        desk.show(model::Perspective::memory);
        autosave.update(desk, true);
        if (!say()) return false;
        for (;;) pause();
    });
    auto const found = left_behind();
    ASSERT_EQ(found.size(), 1u);
    LastState const& left = found[0];
    EXPECT_EQ(left.at.retired, 150'000'000u);
    EXPECT_THAT(left.desk, HasSubstr("\"memory\""));
    EXPECT_EQ(left.near_files.size(), 1u);
    EXPECT_EQ(fs::status(state_folder()).permissions(), fs::perms::owner_all) << "nobody else looks into it";

    Back back(left);
    EXPECT_EQ(back.watch.session->snapshot()->moment, left.at) << "what had been written rests on the disk";
    EXPECT_LE(back.lived, most_lived);
    std::uint8_t byte = 0;
    dynamic_cast<sim::debug::Session&>(*back.watch.session).world().machine().peek(0x8000, {&byte, 1});
    EXPECT_EQ(byte, 0x5a);
    LastState without = left;
    without.near_files.clear();
    Back whole(without);
    EXPECT_GE(whole.lived, 150'000'000u);
    EXPECT_EQ(hash_of(back.watch), hash_of(whole.watch));

    forget_last_state(left);
    EXPECT_TRUE(fs::is_empty(state_folder()));
}

TEST_F(LeftBehind, a_recording_that_was_looked_at_is_back_for_few_instructions_too) {
    auto words = long_life();
    words.record = root / "mine.run";
    words.embed = true;
    {
        Watch watch = watch_live(sim::cli::check(words), "tiny");
        watch.session->perform(sim::debug::RunUntil{{150'000'000, 0}});
        watch.live->finish();
    }
    killed_after([&](auto const& say) {
        Watch watch = watch_recording(words.record, {}, Keep::place);
        SessionDoor door(*watch.session);
        model::Desk desk(door);
        Autosave autosave(words.record, "mine.run", true);
        watch.session->perform(sim::debug::SeekTo{{150'000'000, 0}});
        watch.session->perform(sim::debug::SeekTo{{100'000'123, 0}});
        desk.update(watch.session->snapshot());
        autosave.update(desk, true);
        if (!say()) return false;
        for (;;) pause();
    });
    auto const found = left_behind();
    ASSERT_EQ(found.size(), 1u);
    Back back(found[0]);
    EXPECT_EQ(back.watch.session->snapshot()->moment.retired, 100'000'123u);
    EXPECT_LE(back.lived, most_lived);
    auto const now = back.watch.session->snapshot();
    ASSERT_TRUE(now->catching_up) << "what was before is lived again beside";
    while (back.watch.session->snapshot()->catching_up) back.watch.session->advance();
    EXPECT_EQ(back.watch.session->snapshot()->moment, now->moment);
}

// A script is answered when all is known, so that its answers do not depend on its speed.
TEST_F(LeftBehind, who_comes_back_by_lines_stands_there_and_knows_what_was_before) {
    auto const say_where = [&](auto const& say) {
        auto words = long_life();
        auto options = sim::cli::check(words);
        options.record = root / "mine.run";
        Watch watch = watch_live(options, "tiny, live", {}, Keep::place);
        SessionDoor door(*watch.session);
        model::Desk desk(door);
        Autosave autosave(options.record, "tiny, live", false);
        watch.session->perform(sim::debug::RunUntil{{20'000'000, 0}});
        watch.session->perform(sim::debug::Poke{sim::debug::AddressSpace::physical, 0x8000, {0x5a}});
        watch.session->perform(sim::debug::RunUntil{{90'000'000, 0}});
        desk.update(watch.session->snapshot());
        autosave.update(desk, true);
        if (!say()) return false;
        for (;;) pause();
    };
    killed_after(say_where);
    auto const found = left_behind();
    ASSERT_EQ(found.size(), 1u);
    OpenWords words;
    words.resume = found[0].state.string();
    words.repl = words.headless = true;
    std::istringstream typed("json events\nstep.instruction.back\n");
    auto* const keyboard = std::cin.rdbuf(typed.rdbuf());
    testing::internal::CaptureStdout();
    int const status = open(words);
    std::string const told = testing::internal::GetCapturedStdout();
    std::cin.rdbuf(keyboard);
    std::cin.clear();
    EXPECT_EQ(status, 0) << told;
    EXPECT_THAT(told, HasSubstr("paused at 90000000,"));
    EXPECT_THAT(told, HasSubstr("events before ")) << "it stands there before all is known";
    EXPECT_THAT(told, HasSubstr("\"input\"")) << "the poke is one";
    EXPECT_THAT(told, HasSubstr("paused at 89999999,"));
    EXPECT_TRUE(left_behind().empty()) << "an orderly end";
}

TEST_F(LeftBehind, a_branch_of_a_recording_is_back_with_what_it_was_given) {
    auto words = long_life();
    words.record = root / "mine.run";
    words.embed = true;
    {
        Watch watch = watch_live(sim::cli::check(words), "tiny");
        watch.session->perform(sim::debug::RunUntil{{60'000'000, 0}});
        watch.live->finish();
    }
    killed_after([&](auto const& say) {
        Watch watch = watch_recording(words.record, {}, Keep::place);
        SessionDoor door(*watch.session);
        model::Desk desk(door);
        Autosave autosave(words.record, "mine.run", true);
        watch.session->perform(sim::debug::SeekTo{{50'000'000, 0}});
        watch.session->perform(sim::debug::Poke{sim::debug::AddressSpace::physical, 0x8000, {0x5a}});
        watch.session->perform(sim::debug::RunUntil{{130'000'000, 0}});
        desk.update(watch.session->snapshot());
        autosave.update(desk, true);
        if (!say()) return false;
        for (;;) pause();
    });
    auto const found = left_behind();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].title, "mine.run, a branch");
    ASSERT_TRUE(found[0].branch);
    Back back(found[0]);
    EXPECT_EQ(back.watch.session->snapshot()->moment.retired, 130'000'000u);
    EXPECT_LE(back.lived, most_lived);
    std::uint8_t byte = 0;
    dynamic_cast<sim::debug::Session&>(*back.watch.session).world().machine().peek(0x8000, {&byte, 1});
    EXPECT_EQ(byte, 0x5a);
}

TEST_F(LeftBehind, checkpoints_of_a_program_that_left_no_state_are_cleared_away) {
    pid_t const dead = killed_after([](auto const& say) { return say(); });
    fs::create_directories(state_folder());
    auto const name = [](pid_t pid) { return std::to_string(pid) + "-1.near." + std::to_string(pid) + ".part"; };
    for (pid_t const pid : {dead, getpid()}) std::ofstream(state_folder() / name(pid)) << "x";
    std::ofstream(state_folder() / (std::to_string(dead) + "-1.near.7.part")) << "nobody's";
    left_behind();
    EXPECT_FALSE(fs::exists(state_folder() / name(dead)));
    EXPECT_TRUE(fs::exists(state_folder() / name(getpid()))) << "its program lives";
    EXPECT_TRUE(fs::exists(state_folder() / (std::to_string(dead) + "-1.near.7.part")));
    // Or one whose recording is gone.
    std::ofstream(state_folder() / name(dead)) << "x";
    std::ofstream(state_folder() / (std::to_string(dead) + ".json")) << "{\"recording\": \"/nowhere/b.run\"}";
    EXPECT_TRUE(left_behind().empty());
    EXPECT_FALSE(fs::exists(state_folder() / name(dead)));
}

TEST_F(LeftBehind, an_orderly_end_leaves_nothing) {
    NoDoor door;
    {
        model::Desk desk(door);
        Autosave autosave(root / "a.run", "a", true);
        Watch watch = watch_live(sim::cli::check(long_life()), "tiny", {}, Keep::place);
        watch.session->perform(sim::debug::RunUntil{{40'000'000, 0}});
        EXPECT_FALSE(fs::is_empty(state_folder()));
    }
    EXPECT_TRUE(left_behind().empty());
    ASSERT_TRUE(fs::exists(state_folder()));
    EXPECT_TRUE(fs::is_empty(state_folder()));
}

TEST_F(LeftBehind, what_cannot_be_read_or_belongs_to_a_living_program_is_not_offered) {
    fs::create_directories(state_folder());
    std::ofstream(root / "a.run") << "a recording";
    auto state = [&](std::string const& name, std::string const& text) {
        std::ofstream(state_folder() / name) << text;
    };
    std::string const good = nlohmann::json{{"recording", (root / "a.run").string()}, {"retired", 7}}.dump();
    state(std::to_string(getpid()) + ".json", good);  // lives
    pid_t const dead = killed_after([](auto const& say) { return say(); });
    std::string const name = std::to_string(dead) + ".json";
    for (std::string const wrong :
         {"", "[]", "{", "{\"recording\": 7}", "{\"recording\": \"/nowhere/b.run\"}"}) {
        state(name, wrong);
        EXPECT_TRUE(left_behind().empty()) << wrong;
    }
    // Dead, but nobody has asked how it ended.
    pid_t const unasked = fork();
    if (unasked == 0) _exit(0);
    siginfo_t info{};
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(unasked), &info, WEXITED | WNOWAIT), 0);
    state(std::to_string(unasked) + ".json", good);
    EXPECT_EQ(left_behind().size(), 1u);
    fs::remove(state_folder() / (std::to_string(unasked) + ".json"));
    waitpid(unasked, nullptr, 0);
    state("notes.json", good);
    EXPECT_TRUE(left_behind().empty());
    state(name, good);
    ASSERT_EQ(left_behind().size(), 1u);
    EXPECT_EQ(left_behind()[0].at.retired, 7u);
}

}  // namespace
}  // namespace viz::app
