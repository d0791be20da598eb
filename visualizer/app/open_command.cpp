// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv open FILE[@MOMENT]` and `viv shot`: recordings in a window, as text and
// as pictures.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <future>
#include <optional>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/stop_text.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/links/self_request.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/last_state.hpp"
#include "visualizer/app/line_mode.hpp"
#include "visualizer/app/render.hpp"
#include "visualizer/app/settings.hpp"
#include "visualizer/app/start_view.hpp"
#include "visualizer/app/tour_files.hpp"
#include "visualizer/app/window.hpp"
#include "visualizer/model/command_line.hpp"

namespace viz::app {

using namespace sim::cli;
using sim::debug::Session;
using sim::debug::ViewRequest;

namespace {

std::string text_names() {
    std::string out;
    for (auto const& view : model::text_views()) out += (out.empty() ? "" : ", ") + std::string(view.name);
    return out;
}

// On a terminal, how far the run has come.
auto progress_line() {
    return [line = std::make_shared<Progress>()](double share) {
        line->show("running the recording once to know its events", share);
        if (share >= 1) line->clear();
    };
}
// Of what a person asked for without a window. The line is cleared by its owner.
Patience patience(std::shared_ptr<Progress> line) {
    return {Interruption::requested, [line = std::move(line)](double share) { line->show(share); }};
}

void prepare_shell(Shell& shell, Watch const& watch, std::string const& place) {
    shell.state().selected = entity_of(watch, place);
    if (auto const bookmark = bookmark_of(watch, place)) shell.desk().show_bookmark(*bookmark);
}

std::pair<int, int> parse_size(std::string const& text) {
    int width = 0, height = 0;
    std::size_t x = text.find('x');
    auto number = [](std::string_view part, int& out) {
        auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
        return error == std::errc() && end == part.data() + part.size();
    };
    bool right = x != std::string::npos && number(std::string_view(text).substr(0, x), width) &&
                 number(std::string_view(text).substr(x + 1), height);
    if (!right || width < 320 || height < 240 || width > 7680 || height > 4320)
        throw std::runtime_error(fmt::format("--size {}: want WIDTHxHEIGHT from 320x240 to 7680x4320", text));
    return {width, height};
}

// An application run for a picture: until it has answered some requests, or ended.
Watch run_for_picture(std::string const& application, unsigned requests, Patience const& patience) {
    RunWords words;
    words.application = application;
    bool serves = application == "http";
    if (serves) words.forwards = {"0:80"};
    Watch watch = watch_live(check(words), application + ", live", patience);
    std::optional<sim::links::SelfRequest> visitor;
    model::Model model;
    watch.session->post(sim::debug::Run{});
    constexpr std::uint64_t longest_ns = 10'000'000'000;
    while (watch.session->advance()) {
        auto now = watch.session->snapshot();
        if (Interruption::requested()) break;
        model.update(now);
        if (serves && requests == 0 && ready_for_visitors(model)) break;
        if (serves && requests > 0 && !visitor && ready_for_visitors(model))
            visitor.emplace(watch.live->forwards()[0].host_port, requests);
        if (visitor && visitor->done()) break;
        if (now->virtual_ns > longest_ns * (serves ? 6 : 1)) break;
    }
    watch.session->perform(sim::debug::Pause{});
    if (visitor && !visitor->problem().empty()) throw std::runtime_error(visitor->problem());
    return watch;
}

}  // namespace

namespace {

// No machine: what concerns one is refused.
int shot_of_start_page(ShotWords const& words, int width, int height, model::Theme const& theme) {
    for (auto const& [option, given] : {std::pair{"--app", !words.application.empty()},
                                        {"--recording", !words.recording.empty()},
                                        {"--at", !words.place.empty()},
                                        {"--address", !words.address.empty()},
                                        {"--ask", !words.question.empty()},
                                        {"--stop", !words.stops.empty()},
                                        {"--do", !words.commands.empty()},
                                        {"--bare", words.bare}})
        if (given)
            throw std::runtime_error(fmt::format("the start page shows no machine; leave {} out", option));
    Picture const page = start_picture(width, height, words.scale, theme);
    if (std::string const why = write_png(page, words.output); !why.empty()) throw std::runtime_error(why);
    say("the start page, {}x{}: {}", page.width, page.height, words.output);
    return status_right;
}

// To where somebody stood, with the bookmarks that had not been written yet.
std::string return_to(Watch& watch, LastState const& left) {
    for (auto const& bookmark : left.bookmarks) watch.session->perform(sim::debug::SetBookmark{bookmark});
    auto const now = watch.session->perform(sim::debug::SeekTo{left.at});
    // The last second of what was recorded live may be missing.
    if (now->moment != left.at)
        say("the recording ends at {}, before {}", to_string(now->moment), to_string(left.at));
    return {};
}

// What a person would type at the prompts B and Q, once the machine stands there.
void type_at_prompts(sim::debug::WatchedMachine& session, std::vector<std::string> const& stops, std::string const& question) {
    for (std::string const& text : stops) {
        auto const made = sim::debug::parse_stop(text);
        if (auto const* why = std::get_if<std::string>(&made))
            throw std::runtime_error(fmt::format("--stop: {}", *why));
        auto const now = session.perform(sim::debug::AddStop{std::get<sim::debug::StopSpec>(made)});
        if (!now->last_command.done)
            throw std::runtime_error(fmt::format("--stop {}: {}", text, now->last_command.text));
    }
    if (question.empty()) return;
    auto const now = session.perform(sim::debug::Ask{question});
    if (Interruption::requested()) return;
    if (!now->last_command.done) throw std::runtime_error(fmt::format("--ask: {}", now->last_command.text));
}

}  // namespace

int open(OpenWords const& words) {
    if (words.browser) return open_in_browser(words);
    std::optional<LastState> left;
    if (!words.resume.empty()) {
        if (!words.file.empty()) throw std::runtime_error("--resume knows its recording; leave FILE out");
        left = read_last_state(words.resume);
        if (!left)
            throw std::runtime_error(
                fmt::format("--resume {}: no state is there, or its recording is gone", words.resume));
    } else if (words.file.empty()) {
        return start(words);
    }
    FileAndPlace what =
        left ? FileAndPlace{left->recording.string(), to_string(left->at)} : split_place(words.file);
    model::Theme const* theme = words.theme.empty() ? nullptr : &find_theme(words.theme);
    auto const view = model::text_view_named(words.print.empty() ? "overview" : words.print);
    if (words.repl && (!words.print.empty() || words.json))
        throw std::runtime_error(
            fmt::format("--repl takes its commands from standard input; leave {} out, or type \"{}\" there",
                        words.json ? "--json" : "--print", words.json ? "json VIEW" : "print VIEW"));
    bool headless = words.headless || !words.print.empty() || words.json || words.repl;
    if (headless && !view)
        throw std::runtime_error(
            fmt::format("no view is called \"{}\"; there are {}", words.print, text_names()));
    if (!headless && !display_exists())
        throw std::runtime_error(
            "no display for a window; add --headless --print overview, or take a picture with viv shot "
            "--recording FILE");
    Interruption interruption;
    auto const line = std::make_shared<Progress>();
    bool const converses = words.repl || !headless;
    auto const read = [&] {
        return watch_recording(what.file, headless ? patience(line) : Patience{Interruption::requested, {}},
                               converses ? Keep::place : Keep::nothing, converses && left ? &*left : nullptr);
    };
    std::string why;
    std::unique_ptr<Screen> screen;
    ScreenOptions const look{"Vivarium: " + what.file.filename().string(), 1600, 900, false};
    // Who comes back waits for both: the window is made while the life is read.
    std::future<Watch> reading;
    if (!headless && left) {
        reading = std::async(std::launch::async, read);
        screen = Screen::open(look, why);
    }
    Watch watch = reading.valid() ? reading.get() : read();
    if (!watch.replay->recording().complete)
        say("the recording stops too early; what there is of it is shown");

    // What lies behind the moment is not run first: who comes back wants to be there.
    auto const go = [&] {
        return left ? return_to(watch, *left) : travel(watch, what.place, progress_line());
    };
    if (headless) {
        if (why = go(); !why.empty()) throw std::runtime_error(why);
        type_at_prompts(*watch.session, words.stops, words.question);
        line->clear();
        if (Interruption::requested()) return status_interrupted;
        LineMode lines(watch, [](std::string_view text) { fmt::print("{}", text); });
        lines.guide().library = tour_library();
        std::string const text = left ? "" : lines.look_at(what.place);
        if (left) lines.desk().state().selected = left->selected;
        if (!words.repl) {
            if (!text.empty()) say("{}", text);
            lines.print(*view, words.json);
            return status_right;
        }
        if (!text.empty()) fmt::print("{}\n", text);
        Autosave autosave(what.file, what.file.filename().string(), true);
        if (left) std::filesystem::remove(left->state);
        lines.after_line = [&](model::Desk const& desk) { autosave.update(desk, true); };
        int const status = lines.converse();
        if (left) forget_last_state(*left);
        return status;
    }

    if (!left) screen = Screen::open(look, why);
    if (!screen) throw std::runtime_error(fmt::format("no window: {}", why));
    // Who comes back has the window at once, and sees in it how far the way there is.
    if (!left)
        if (why = go(); !why.empty()) throw std::runtime_error(why);
    type_at_prompts(*watch.session, words.stops, words.question);
    if (Interruption::requested()) return status_interrupted;
    Autosave autosave(what.file, what.file.filename().string(), true);
    WindowOptions window;
    window.autosave = &autosave;
    window.theme = theme;
    window.footer = "recording " + what.file.string();
    if (left) {
        for (auto const& bookmark : left->bookmarks) watch.session->post(sim::debug::SetBookmark{bookmark});
        watch.session->post(sim::debug::SeekTo{left->at});
        watch.session->advance();  // on its way, so that nobody takes where it began for where one stands
    }
    window.prepare = [&](Shell& shell) {
        if (!left) return prepare_shell(shell, watch, what.place);
        shell.window().welcome = false;  // not here for the first time
        shell.desk().restore(left->desk);
        shell.state().selected = left->selected;
    };
    show_window(*screen, watch, window);
    if (left) forget_last_state(*left);  // until here it could be needed once more
    return Interruption::requested() ? status_interrupted : status_right;
}

int shot(ShotWords const& words) {
    if (words.output.empty()) throw std::runtime_error("where shall the picture go? Add -o FILE.png");
    model::Theme const& theme = find_theme(words.theme);
    bool const start_page = words.view == "start";
    auto scene = scene_named(words.view);
    if (!scene && !start_page)
        throw std::runtime_error(
            fmt::format("no view is called \"{}\"; there are {}", words.view, scene_names()));
    if (!words.application.empty() && !words.recording.empty())
        throw std::runtime_error("--app and --recording are two machines; give one");
    if (!(words.scale >= 0.5f && words.scale <= 4)) throw std::runtime_error("--scale: want 0.5 to 4");
    auto [width, height] = parse_size(words.size);
    if (start_page) return shot_of_start_page(words, width, height, theme);
    std::optional<std::uint64_t> address;
    if (!words.address.empty()) {
        std::uint64_t value = 0;
        std::string_view digits = words.address;
        if (digits.starts_with("0x")) digits.remove_prefix(2);
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc() || end != digits.data() + digits.size())
            throw std::runtime_error(
                fmt::format("--address {}: want a number such as 0xffffffff80000000", words.address));
        address = value;
    }

    Interruption interruption;
    auto const line = std::make_shared<Progress>();
    FileAndPlace what = split_place(words.recording);
    Watch watch = words.recording.empty()
                      ? run_for_picture(words.application.empty() ? "http" : words.application,
                                        words.requests, patience(line))
                      : watch_recording(what.file, patience(line));
    if (Interruption::requested()) return status_interrupted;
    std::string place = words.place.empty() ? what.place : words.place;
    if (watch.replay || !place.empty())
        if (std::string why = travel(watch, place, progress_line()); !why.empty())
            throw std::runtime_error(why);
    type_at_prompts(*watch.session, words.stops, words.question);
    line->clear();
    if (Interruption::requested()) return status_interrupted;
    RenderOptions options;
    options.theme = &theme;
    options.scene = *scene;
    options.width = width, options.height = height;
    options.scale = words.scale;
    options.bare = words.bare;
    options.prepare = [&](Shell& shell) {
        prepare_shell(shell, watch, place);
        if (!words.stops.empty()) shell.layout().show(model::ViewId::stops);
        if (!words.question.empty()) shell.layout().show(model::ViewId::answers);
        if (address)
            shell.state().walk_address = shell.state().memory_address = shell.state().code_address = address;
        for (std::string const& command : words.commands) {
            auto const request = model::parse_request(command, shell.model());
            if (auto const* wrong = std::get_if<std::string>(&request))
                throw std::runtime_error(fmt::format("--do: {}", *wrong));
            unsigned const refused = shell.desk().refused();
            shell.perform(std::get<model::Request>(request));
            if (shell.desk().refused() != refused)
                throw std::runtime_error(fmt::format("--do {}: it cannot be done here", command));
        }
    };
    std::string why;
    auto picture = render(*watch.session, options, why);
    if (picture) why = write_png(*picture, words.output);
    if (!why.empty()) throw std::runtime_error(why);
    say("{} at {}, {}x{}: {}", words.view, to_string(watch.session->snapshot()->moment), picture->width,
        picture->height, words.output);
    return status_right;
}

}  // namespace viz::app
