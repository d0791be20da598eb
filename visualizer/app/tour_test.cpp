// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shipped tours, gone through alone as before a lecture; and a learner who takes
// one by lines of words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <tuple>

#include "visualizer/app/commands.hpp"
#include "visualizer/app/line_mode.hpp"
#include "visualizer/app/stage.hpp"
#include "visualizer/app/tour_files.hpp"
#include "visualizer/app/tour_machine.hpp"
#include "visualizer/app/tour_rehearsal.hpp"
#include "visualizer/model/tour_layout.hpp"
#include "visualizer/model/tour_reader.hpp"

namespace viz::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// The recordings of all tours are made once, in a cache of the tests' own.
class Cache : public ::testing::Environment {
public:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("viv_tour_test." + std::to_string(getpid()));
        fs::create_directories(folder);
        setenv("XDG_CACHE_HOME", folder.c_str(), 1);
    }
    void TearDown() override { fs::remove_all(folder); }
    static inline fs::path folder;
};
[[maybe_unused]] auto* const cache = ::testing::AddGlobalTestEnvironment(new Cache);

model::TourPtr tour_named(std::string const& name) {
    auto found = find_tour(name);
    if (auto const* why = std::get_if<std::string>(&found)) throw std::runtime_error(*why);
    return std::get<model::TourPtr>(found);
}

model::TourPtr tour_of(std::string const& steps, std::string const& machine = "dining") {
    auto found = model::read_tour("tour test\ntitle Test\nmachine " + machine + "\nuntil 4ms\n" + steps);
    if (auto const* error = std::get_if<model::TourError>(&found)) throw std::runtime_error(error->what);
    return std::get<model::TourPtr>(found);
}

// At the beginning of its life, with all events known.
Watch stage(model::Tour const& tour) {
    Watch watch = watch_recording(recording_of(tour.machine, tour.name).file);
    EXPECT_EQ(travel(watch, "start"), "");
    return watch;
}

std::string problems_of(RehearsalReport const& report) {
    std::string out;
    for (auto const& step : report.steps)
        for (auto const& problem : step.problems) out += problem + "\n";
    return out;
}

RehearsalReport rehearsed(model::TourPtr const& tour, RehearsalOptions const& options = {}) {
    Watch watch = stage(*tour);
    return rehearse(watch, tour, options);
}

// ---- the shipped ones ----

class Shipped : public ::testing::TestWithParam<std::string> {};

TEST_P(Shipped, is_ready_for_a_lecture) {
    auto const tour = tour_named(GetParam());
    auto const report = rehearsed(tour);
    EXPECT_EQ(problems_of(report), "");
    EXPECT_EQ(report.steps.size(), tour->steps.size());
    // A tour that neither asks nor expects anything proves nothing.
    EXPECT_GE(report.expectations, 5u);
    EXPECT_GE(report.predictions, 1u);
    EXPECT_FALSE(tour->about.empty());
    EXPECT_GT(tour->minutes, 0u);
}
INSTANTIATE_TEST_SUITE_P(Tours, Shipped, ::testing::ValuesIn(known_tours()), [](auto const& test) {
    std::string name = test.param;
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST(Tours, are_at_least_eight_and_listed) {
    EXPECT_GE(known_tours().size(), 8u);
    std::string const list = list_of_tours();
    for (auto const& name : known_tours()) EXPECT_THAT(list, HasSubstr(name));
    EXPECT_THAT(list, HasSubstr("A lock convoy"));
}

TEST(Tours, make_the_same_recording_everywhere) {
    auto const tour = tour_named("loss");
    auto const first = recording_of(tour->machine, "again");
    EXPECT_FALSE(first.was_there);
    EXPECT_GT(first.executed, 1'000'000u);
    EXPECT_TRUE(recording_of(tour->machine, "again").was_there);
    auto const read = [](fs::path const& file) {
        Watch const watch = watch_recording(file);
        auto const& recording = watch.replay->recording();
        return std::pair(recording.end.at, recording.inputs.size());
    };
    auto const one = read(first.file);
    fs::remove(first.file);
    auto const second = recording_of(tour->machine, "again");
    EXPECT_FALSE(second.was_there);
    EXPECT_EQ(read(second.file), one);
}

// ---- what a rehearsal finds ----

TEST(Rehearsal, finds_what_does_not_hold) {
    std::string const found = problems_of(
        rehearsed(tour_of("step a\nsay b\ngoto probe:lock_wait:1\nexpect locks hides fork 0\n"
                          "expect arch::cpus[0].current_thread->name == \"Kant\"\nexpect at fault:1\n")));
    EXPECT_THAT(found, HasSubstr("test.tour:8: expected locks hides fork 0; but locks shows it"));
    EXPECT_THAT(found, HasSubstr("== \"Kant\" = 0"));
    EXPECT_THAT(found, HasSubstr("there are only 0 page faults"));
}

TEST(Rehearsal, finds_places_that_are_not_there_and_commands_that_are_refused) {
    EXPECT_THAT(
        problems_of(rehearsed(tour_of("step a\nsay b\ngoto fault:1\nstep c\nsay d\nselect thread Nobody\n"))),
        ::testing::AllOf(HasSubstr("test.tour:7: there are only 0 page faults"),
                         HasSubstr("test.tour:10: no thread is called \"Nobody\"")));
    EXPECT_THAT(problems_of(rehearsed(tour_of("step a\nsay b\nrun until break reset_everything\n"))),
                HasSubstr("reset_everything"));
    EXPECT_THAT(problems_of(rehearsed(tour_of("step a\nsay b\nrun until when cpl == 3\n"))),
                HasSubstr("did not happen"));
}

TEST(Rehearsal, finds_predictions_without_one_answer) {
    EXPECT_THAT(problems_of(rehearsed(
                    tour_of("step a\npredict b?\nchoice 1 == 2 => c\nchoice 2 == 3 => d\nreveal e\n"))),
                HasSubstr("no choice is right"));
    EXPECT_THAT(
        problems_of(rehearsed(tour_of("step a\npredict b?\nchoice 1 => c\nchoice 1 => d\nreveal e\n"))),
        HasSubstr("several choices are right: 1, 2"));
}

TEST(Rehearsal, finds_text_that_does_not_fit_or_is_too_small) {
    std::string text = "step a\n";
    for (int i = 0; i < 12; ++i)
        text += "say A line that takes some room on the projector, and then another one.\n";
    EXPECT_THAT(problems_of(rehearsed(tour_of(text))), HasSubstr("the text is cut off at 1024x768"));
    RehearsalOptions small;
    small.scale = 1;
    EXPECT_THAT(problems_of(rehearsed(tour_of("step a\nsay b\n"), small)), HasSubstr("none below 24"));
}

TEST(Rehearsal, finds_slow_steps_by_counting_instructions) {
    RehearsalOptions options;
    options.budget = 10'000;
    auto const report = rehearsed(tour_of("step a\nsay b\nrun until end\n"), options);
    EXPECT_THAT(problems_of(report), HasSubstr("slow: "));
    EXPECT_GT(report.steps[0].executed, 10'000u);
    // The same on every host, and every time.
    EXPECT_EQ(rehearsed(tour_of("step a\nsay b\nrun until end\n"), options).steps[0].executed,
              report.steps[0].executed);
}

TEST(Rehearsal, finds_places_that_are_bound_to_one_build) {
    EXPECT_THAT(
        problems_of(rehearsed(tour_of("step a\nsay b\ngoto 350000\nrun until 1ms\n"))),
        ::testing::AllOf(HasSubstr("\"350000\" is another place in the next build"), HasSubstr("\"1ms\"")));
}

// ---- a learner ----

class Learner : public ::testing::Test {
protected:
    void take(model::TourPtr const& tour) {
        watch = stage(*tour);
        lines = std::make_unique<LineMode>(watch, [this](std::string_view text) { told += text; });
        lines->guide().library = tour_library();
        told.clear();
        lines->take(tour);
    }
    std::string say(std::string_view line) {
        told.clear();
        lines->obey(line);
        return told;
    }
    model::TourPlayer& player() { return *lines->guide().player(); }
    Watch watch;
    std::string told;
    std::unique_ptr<LineMode> lines;
};

TEST_F(Learner, predicts_and_is_told) {
    take(tour_named("lock-convoy"));
    EXPECT_THAT(told, HasSubstr("---- 1 of 6   Five at a table"));
    EXPECT_THAT(say("answer 1"), HasSubstr("refused: the tour asks nothing now"));
    EXPECT_THAT(say("next"), ::testing::AllOf(HasSubstr("For whom does Laozi wait?"),
                                              HasSubstr("  2  Arendt"), HasSubstr("Press its number")));
    EXPECT_THAT(say("next"), HasSubstr("refused: first answer"));
    EXPECT_THAT(say("answer 9"), HasSubstr("refused: answer with a number from 1 to 3"));
    EXPECT_THAT(say("answer 2"),
                ::testing::AllOf(HasSubstr("Arendt  (your answer)"), HasSubstr("Plato  (right)"),
                                 HasSubstr("Not so."), HasSubstr("The lock knows its owner")));
    EXPECT_EQ(player().answered(), 1u);
    EXPECT_EQ(player().answered_rightly(), 0u);
    EXPECT_THAT(say("previous"), HasSubstr("Five at a table"));
    say("next");
    EXPECT_THAT(say("answer 1"), HasSubstr("Right."));
}

TEST_F(Learner, does_what_the_tour_waits_for) {
    take(tour_named("lock-convoy"));
    say("next");
    say("answer 1");
    EXPECT_THAT(say("next"), HasSubstr("Your turn: Run until Arendt has it"));
    EXPECT_EQ(player().state(), model::TourPlayer::State::waiting);
    EXPECT_THAT(say("step.instruction"), Not(HasSubstr("One of five can eat")));
    EXPECT_THAT(say("run.until probe:lock_acquire:5"), HasSubstr("R brings you back"));
    EXPECT_THAT(say("return"), HasSubstr("paused at"));
    EXPECT_THAT(say("run.until probe:lock_acquire:5"), HasSubstr("One of five can eat"));
    EXPECT_EQ(player().state(), model::TourPlayer::State::ready);
    // Whoever cannot find it has it done.
    say("previous");
    say("answer 1");
    EXPECT_THAT(say("next"), HasSubstr("[next: Do it for me]"));
    say("next");
    EXPECT_EQ(player().state(), model::TourPlayer::State::ready);
}

TEST_F(Learner, wanders_off_and_comes_back_with_one_command) {
    take(tour_named("deadlock"));
    auto const moment = watch.session->snapshot()->moment;
    EXPECT_FALSE(player().strayed());
    EXPECT_THAT(say("return"), HasSubstr("refused: you stand where the tour does"));
    say("go.end");
    say("perspective network");
    say("select thread idle");
    EXPECT_TRUE(player().strayed());
    say("return");
    EXPECT_FALSE(player().strayed());
    EXPECT_EQ(watch.session->snapshot()->moment, moment);
    // Going on from a detour begins where the tour stood.
    say("go.end");
    say("next");
    EXPECT_EQ(player().state(), model::TourPlayer::State::asking);
    EXPECT_EQ(player().trouble(), "");
}

TEST_F(Learner, tries_another_future_and_leaves_it_behind) {
    take(
        tour_of("step a\ngoto probe:lock_wait:1\nsay b\ntry other => Try it\nwrite 0xffffffff80100000 1\n"
                "end try\nstep c\nsay d\nexpect at probe:lock_wait:1\n"));
    EXPECT_EQ(player().state(), model::TourPlayer::State::offering);
    EXPECT_THAT(say("next"), HasSubstr("branch 1 other"));
    ASSERT_TRUE(watch.session->snapshot()->comparison);
    EXPECT_EQ(watch.session->snapshot()->branches.size(), 2u);
    say("next");
    EXPECT_EQ(watch.session->snapshot()->branch, sim::debug::original);
    EXPECT_EQ(watch.session->snapshot()->branches.size(), 1u);
    EXPECT_THAT(say("next"), HasSubstr("The end of the tour"));
    say("previous");
    EXPECT_EQ(player().step(), 1u);
}

TEST_F(Learner, takes_a_tour_of_the_machine_that_is_open) {
    auto const tour = tour_named("lock-convoy");
    watch = stage(*tour);
    lines = std::make_unique<LineMode>(watch, [this](std::string_view text) { told += text; });
    EXPECT_THAT(say("tour"), HasSubstr("there are no tours here"));
    lines->guide().library = tour_library();
    EXPECT_THAT(say("tour"), HasSubstr("TCP's handshake"));
    EXPECT_THAT(say("next"), HasSubstr("refused: no tour is under way"));
    EXPECT_THAT(say("tour nowhere"), HasSubstr("refused: no tour is called \"nowhere\""));
    EXPECT_THAT(say("tour loss"), HasSubstr("shows another machine"));
    EXPECT_THAT(say("tour lock-convoy"), HasSubstr("Five at a table"));
    say("tour.end");
    EXPECT_EQ(lines->guide().player(), nullptr);
}

// ---- in the window, by keys alone ----

TEST(TourPane, is_led_by_keys) {
    Stage window(1280, 720);
    window.frame(2);
    auto& guide = window.shell->guide();
    float const whole = window.shell->desk().window.zoom;
    guide.play(
        tour_of("step First\nsay Something.\nnote Aside.\npredict What?\nchoice 1 == 2 => This\n"
                "choice 1 => That\nreveal Because.\nstep Second\nsay More.\n"));
    window.frame(3);
    using State = model::TourPlayer::State;
    EXPECT_EQ(guide.player()->state(), State::asking);
    EXPECT_TRUE(window.shell->tour_fit().fits());
    EXPECT_GE(window.shell->tour_fit().smallest_text, 15);
    window.key(ImGuiKey_2);
    EXPECT_EQ(guide.player()->chosen(), 2u);
    EXPECT_EQ(guide.player()->state(), State::ready);
    window.key(ImGuiKey_PageDown);
    EXPECT_EQ(guide.player()->step(), 1u);
    window.key(ImGuiKey_5, {ImGuiMod_Ctrl});  // a detour
    EXPECT_TRUE(guide.player()->strayed());
    EXPECT_TRUE(guide.page().strayed);
    window.key(ImGuiKey_R);
    EXPECT_FALSE(guide.player()->strayed());
    window.key(ImGuiKey_PageUp);
    EXPECT_EQ(guide.player()->step(), 0u);
    window.key(ImGuiKey_O);
    EXPECT_TRUE(guide.notes);
    window.key(ImGuiKey_F6);
    EXPECT_TRUE(guide.presenter);
    EXPECT_GT(window.shell->desk().window.zoom, whole);
    // Who presents has the answer shown by the same key.
    window.key(ImGuiKey_PageDown);
    EXPECT_EQ(guide.player()->state(), State::ready);
    window.key(ImGuiKey_F6);
    EXPECT_EQ(window.shell->desk().window.zoom, whole);
    window.key(ImGuiKey_PageDown);
    window.key(ImGuiKey_PageDown);
    EXPECT_EQ(guide.player()->state(), State::over);
    window.key(ImGuiKey_PageDown);
    EXPECT_EQ(guide.player(), nullptr);
}

TEST(TourPane, leaves_room_for_the_views) {
    for (auto const& [width, height, scale] : {std::tuple{1280.0f, 720.0f, 1.0f},
                                               {1024.0f, 768.0f, 1.6f},
                                               {1280.0f, 720.0f, 1.6f},
                                               {3840.0f, 2160.0f, 2.0f}}) {
        model::Rect const body{84, 52, width - 84, height - 130};
        for (float const needed : {0.0f, 100.0f, 5000.0f}) {
            auto const placed = model::place_tour(body, scale, needed);
            EXPECT_TRUE(body.contains(placed.views));
            EXPECT_TRUE(body.contains(placed.tour));
            EXPECT_FALSE(placed.views.overlaps(placed.tour));
            EXPECT_GE(placed.views.height * placed.views.width, body.width * body.height * 0.4f);
        }
    }
}

// ---- the recorder ----

TEST_F(Learner, records_a_tour_that_passes_its_rehearsal) {
    auto const tour = tour_named("lock-convoy");
    watch = stage(*tour);
    lines = std::make_unique<LineMode>(watch, [this](std::string_view text) { told += text; });
    lines->guide().library = tour_library();
    EXPECT_THAT(say("tour.say too early"), HasSubstr("refused: no tour is being recorded"));
    EXPECT_THAT(say("tour.record Not A Name"), HasSubstr("refused: "));
    EXPECT_THAT(say("tour.record mine"), HasSubstr("recording: "));
    say("tour.step Who waits?");
    say("perspective scheduling");
    EXPECT_THAT(say("packet:1"), HasSubstr("refused: "));  // and not recorded
    say("probe:lock_wait:1");
    say("select thread Plato");
    say("tour.say Laozi waits for Plato.");
    say("tour.expect locks shows held by Plato");
    EXPECT_THAT(say("tour.expect nothing shows this"), HasSubstr("refused: "));
    say("next.switch");
    say("tour.say And somebody else goes on.");
    say("step.instruction 3");
    say("tour.undo");
    fs::path const file = Cache::folder / "mine.tour";
    EXPECT_THAT(say("tour.save " + file.string()), HasSubstr("saved: "));

    auto const saved = tour_named(file.string());
    std::string const text = model::to_text(*saved);
    for (char const* line :
         {"step Who waits?", "layout scheduling", "goto probe:lock_wait:1", "highlight thread Plato",
          "say Laozi waits for Plato.", "expect locks shows held by Plato", "next.switch"})
        EXPECT_THAT(text, HasSubstr(std::string(line) + "\n")) << text;
    EXPECT_THAT(text, Not(HasSubstr("step.instruction")));
    EXPECT_EQ(problems_of(rehearsed(saved)), "");

    std::ofstream(Cache::folder / "other.tour") << "not a tour";
    EXPECT_THAT(say("tour.save " + (Cache::folder / "other.tour").string()), HasSubstr("refused: "));
}

// A tour about the network has somebody at the other end from its first line on; what is
// gone to is kept by what it is.
TEST(TourRecorder, begins_from_nothing_with_a_peer_and_names_segments) {
    fs::path const file = Cache::folder / "talk.tour";
    TourWords words;
    words.what = "record";
    words.names = {file.string()};
    words.application = "http";
    words.append = "ip=10.0.0.1/24";
    words.peer = "fetch ip=10.0.0.2/24 peer=10.0.0.1 count=1 bytes=1000";
    words.link = "delay=1ms";
    words.faults = {"drop tcp fin 1 from machine"};
    words.until = "1s";
    words.lines = true;
    std::istringstream typed("segment:in+syn\ntour.say Somebody knocks.\nnext.packet\ntour.expect packet shows [SYN\n"
                             "segment:lost\ntour.say This one does not arrive.\ntour.save " + file.string() + "\n");
    auto* const before = std::cin.rdbuf(typed.rdbuf());
    ::testing::internal::CaptureStdout();
    int const status = viz::app::tour(words);
    std::string const told = ::testing::internal::GetCapturedStdout();
    std::cin.rdbuf(before);
    std::cin.clear();
    ASSERT_EQ(status, 0) << told;
    auto const saved = tour_named(file.string());
    ASSERT_EQ(saved->machine.peer.size(), 1u);
    EXPECT_EQ(saved->machine.peer[0].application, "fetch");
    EXPECT_EQ(saved->machine.link, "delay=1ms");
    EXPECT_EQ(saved->machine.faults, words.faults);
    EXPECT_EQ(saved->machine.until_ns, 1'000'000'000u);
    std::string const text = model::to_text(*saved);
    EXPECT_THAT(text, HasSubstr("goto segment:in+syn\n"));
    EXPECT_THAT(text, HasSubstr("goto segment:lost\n"));
    EXPECT_EQ(problems_of(rehearsed(saved)), "");

    words.link = "delay=1ms\nstep x";
    EXPECT_THROW(tour(words), std::runtime_error) << "a line is one line";
    words.link = "delay=soon";
    EXPECT_THROW(tour(words), std::runtime_error);
}

}  // namespace
}  // namespace viz::app
