// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv tour`: list, play, rehearse, record, edit.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/recording/first_difference.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/line_mode.hpp"
#include "visualizer/app/settings.hpp"
#include "visualizer/app/tour_files.hpp"
#include "visualizer/app/tour_machine.hpp"
#include "visualizer/app/tour_rehearsal.hpp"
#include "visualizer/app/window.hpp"
#include "visualizer/model/tour_reader.hpp"

namespace viz::app {

namespace fs = std::filesystem;
using namespace sim::cli;
using model::Tour;
using model::TourPtr;

namespace {

TourPtr need_tour(std::string const& name) {
    auto found = find_tour(name);
    if (auto const* why = std::get_if<std::string>(&found)) throw std::runtime_error(*why);
    return std::get<TourPtr>(std::move(found));
}

int list(TourWords const& words) {
    if (!words.json) {
        fmt::print("{}", list_of_tours());
        return status_right;
    }
    nlohmann::json all = nlohmann::json::array();
    for (auto const& name : known_tours()) {
        auto const found = find_tour(name);
        nlohmann::json one{{"name", name}};
        if (auto const* tour = std::get_if<TourPtr>(&found)) {
            one["title"] = (*tour)->title;
            one["about"] = (*tour)->about;
            one["minutes"] = (*tour)->minutes;
            one["steps"] = (*tour)->steps.size();
            one["machine"] = (*tour)->machine.application;
        } else {
            one["error"] = std::get<std::string>(found);
        }
        all.push_back(std::move(one));
    }
    print_line({{"tours", all}});
    return status_right;
}

// Its recording, lived through once so that its events are known, at the beginning.
struct Stage {
    TourRecording recording;
    Watch watch;
};
Stage stage_for(model::TourMachine const& machine, std::string const& name) {
    Stage stage;
    auto const line = std::make_shared<Progress>();
    stage.recording = recording_of(machine, name, Interruption::requested);
    stage.watch = watch_recording(stage.recording.file,
                                  {Interruption::requested, [line](double share) { line->show(share); }});
    if (!stage.watch.replay->can_run())
        throw std::runtime_error(fmt::format("{} cannot be run: {}; remove it, and it is made anew",
                                             stage.recording.file.string(), stage.watch.replay->why_not()));
    if (std::string const why =
            travel(stage.watch, "start",
                   [line](double share) { line->show("living through the tour's machine once", share); });
        !why.empty())
        throw std::runtime_error(why);
    line->clear();
    return stage;
}

// ---- play, record, edit ----

// What is done at the guide before the first frame or line.
using Begin = std::function<void(model::TourGuide&)>;

// The presenter's notes, on the terminal, when the step changes.
class NotesOnTerminal {
public:
    void look(model::TourPlayer const* player) {
        if (!player || player->state() == model::TourPlayer::State::over || player->step() == told_) return;
        told_ = player->step();
        auto const& step = player->tour().steps[*told_];
        fmt::print("{} of {}  {}\n", *told_ + 1, player->tour().steps.size(), step.title);
        for (auto const& action : step.actions)
            if (auto const* note = std::get_if<model::TourNote>(&action.what))
                fmt::print("    {}\n", note->text);
        std::fflush(stdout);
    }

private:
    std::optional<std::size_t> told_;
};

// In a window. Returns the tour that was asked for in it, if one was.
std::optional<std::string> in_window(Stage& stage, TourWords const& words, std::string const& title,
                                     Begin const& begin) {
    if (!display_exists())
        throw std::runtime_error("no display for a window; add --repl to take it by lines of words");
    std::string why;
    auto screen = Screen::open({"Vivarium: " + title, 1600, 900, false}, why);
    if (!screen) throw std::runtime_error(fmt::format("no window: {}", why));
    WindowOptions window;
    if (!words.theme.empty()) window.theme = &find_theme(words.theme);
    window.footer = title;
    Shell* shell = nullptr;
    NotesOnTerminal notes;
    std::optional<std::string> wanted;
    window.prepare = [&](Shell& s) {
        shell = &s;
        s.guide().library.change_machine = true;
        s.guide().present(words.presenter);
        begin(s.guide());
    };
    window.look_in = [&](model::Model const&) {
        if (words.notes && shell) notes.look(shell->guide().player());
        return std::string();
    };
    window.at_end = [&](Shell& s) {
        s.guide().present(false);  // the size of the next window is not the projector's
        wanted = s.guide().wanted;
    };
    show_window(*screen, stage.watch, window);
    return wanted;
}

int by_lines(Stage& stage, Begin const& begin, TourPtr const& tour) {
    LineMode lines(stage.watch, [](std::string_view text) { fmt::print("{}", text); });
    lines.guide().library = tour_library();
    if (tour) lines.take(tour);
    begin(lines.guide());
    return lines.converse();
}

int play(TourWords const& words) {
    std::optional<std::string> name = words.names.at(0);
    unsigned step = std::max(words.step, 1U) - 1;
    Interruption interruption;
    while (name) {
        TourPtr const tour = need_tour(*name);
        if (step >= tour->steps.size())
            throw std::runtime_error(
                fmt::format("--step {}: the tour has {} steps", step + 1, tour->steps.size()));
        Stage stage = stage_for(tour->machine, tour->name);
        if (Interruption::requested()) return status_interrupted;
        if (words.lines)
            return by_lines(
                stage, [](model::TourGuide&) {}, tour);
        name = in_window(stage, words, tour->title, [&](model::TourGuide& guide) { guide.play(tour, step); });
        step = 0;
    }
    return Interruption::requested() ? status_interrupted : status_right;
}

int record_or_edit(TourWords const& words, Tour tour, bool replay) {
    Interruption interruption;
    Stage stage = stage_for(tour.machine, tour.name);
    if (Interruption::requested()) return status_interrupted;
    // What is there already is gone through, so that the machine stands behind it.
    TourPtr const before = replay ? std::make_shared<Tour const>(tour) : nullptr;
    Begin const begin = [&](model::TourGuide& guide) {
        if (before && !words.lines) guide.play(before, before->steps.size() - 1);
        guide.record(tour);
    };
    if (words.lines) return by_lines(stage, begin, nullptr);
    in_window(stage, words, "recording " + tour.name, begin);
    return Interruption::requested() ? status_interrupted : status_right;
}

// The options are the lines of a tour's head: one reader knows both.
model::TourMachine recorded_machine(TourWords const& words, std::string const& name) {
    std::string head = fmt::format("tour {}\ntitle x\nmachine {} {}\nmemory {}\nseed {}\n", name,
                                   words.application, words.append, words.memory_mib, words.seed);
    if (!words.peer.empty()) head += fmt::format("peer {}\n", words.peer);
    if (!words.link.empty()) head += fmt::format("link {}\n", words.link);
    for (std::string const& fault : words.faults) head += fmt::format("fault {}\n", fault);
    if (!words.until.empty()) head += fmt::format("until {}\n", words.until);
    for (std::string const& text : {words.append, words.peer, words.link, words.until})
        if (text.find('\n') != std::string::npos) throw std::runtime_error("a line of a tour is one line");
    auto const read = model::read_tour(head + "step x\nsay x\n");
    if (auto const* error = std::get_if<model::TourError>(&read)) throw std::runtime_error(error->what);
    return std::get<TourPtr>(read)->machine;
}

int record(TourWords const& words) {
    fs::path const file = words.names.at(0);
    Tour tour;
    tour.name = file.stem().string();
    tour.machine = recorded_machine(words, tour.name);
    return record_or_edit(words, std::move(tour), false);
}

// ---- rehearse ----

std::pair<int, int> projector_size(std::string const& text) {
    int width = 0, height = 0;
    char const* const end = text.data() + text.size();
    auto const [at, error] = std::from_chars(text.data(), end, width);
    bool right = error == std::errc() && at != end && *at == 'x';
    if (right) {
        auto const [last, wrong] = std::from_chars(at + 1, end, height);
        right = wrong == std::errc() && last == end;
    }
    if (!right || width < 640 || height < 480 || width > 7680 || height > 4320)
        throw std::runtime_error(
            fmt::format("--projector {}: want WIDTHxHEIGHT from 640x480 to 7680x4320", text));
    return {width, height};
}

void tell(Tour const& tour, TourRecording const& recording, RehearsalReport const& report) {
    fmt::print("{}: {}\n", tour.name, tour.title);
    fmt::print("  needs no network and no build; its recording {}\n",
               recording.was_there
                   ? "is in the cache"
                   : fmt::format("was made now ({} instructions) and is in the cache", recording.executed));
    unsigned number = 0;
    for (auto const& step : report.steps) {
        fmt::print("  {:>2}  {:<44} {:>6.1f} M instructions{}\n", ++number, step.title,
                   static_cast<double>(step.executed) / 1e6,
                   step.expectations ? fmt::format(", {} expected", step.expectations) : "");
        for (auto const& problem : step.problems) fmt::print("      {}\n", problem);
    }
    fmt::print("  {}\n", report.passed()
                             ? fmt::format("ready: {} expectations hold, {} predictions have one answer",
                                           report.expectations, report.predictions)
                             : fmt::format("not ready: {} problems", report.problems()));
}

nlohmann::json to_json(Tour const& tour, RehearsalReport const& report) {
    nlohmann::json steps = nlohmann::json::array();
    for (auto const& step : report.steps)
        steps.push_back({{"title", step.title},
                         {"executed", step.executed},
                         {"expectations", step.expectations},
                         {"problems", step.problems}});
    return {{"tour", tour.name},
            {"passed", report.passed()},
            {"expectations", report.expectations},
            {"predictions", report.predictions},
            {"steps", steps}};
}

int rehearse_all(TourWords const& words) {
    RehearsalOptions options;
    std::tie(options.width, options.height) = projector_size(words.projector);
    options.budget = words.budget;
    if (!words.theme.empty()) options.theme = &find_theme(words.theme);
    Interruption interruption;
    auto const names = words.names.empty() ? known_tours() : words.names;
    if (names.empty()) throw std::runtime_error(fmt::format("no tours in {}", tours_folder().string()));
    bool passed = true;
    for (auto const& name : names) {
        TourPtr const tour = need_tour(name);
        Stage stage = stage_for(tour->machine, tour->name);
        if (Interruption::requested()) return status_interrupted;
        if (!words.pictures.empty()) {
            options.pictures = (fs::path(words.pictures) / tour->name).string();
            fs::create_directories(options.pictures);
        }
        RehearsalReport const report = rehearse(stage.watch, tour, options);
        if (report.cancelled) return status_interrupted;
        if (words.json)
            print_line(to_json(*tour, report));
        else
            tell(*tour, stage.recording, report);
        passed = passed && report.passed();
    }
    return passed ? status_right : status_differs;
}

}  // namespace

int tour(TourWords const& words) {
    try {
        if (words.what == "list") return list(words);
        if (words.what == "play") return play(words);
        if (words.what == "rehearse") return rehearse_all(words);
        if (words.what == "record") return record(words);
        fs::path const file = words.names.at(0);
        return record_or_edit(
            words, *need_tour(file.has_parent_path() ? file.string() : "./" + file.string()), true);
    } catch (sim::recording::Interrupted const&) {
        return status_interrupted;
    }
}

}  // namespace viz::app
