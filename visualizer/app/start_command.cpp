// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv open` without a file: the start page, as a window or as text. What was chosen
// is begun by the command that a person would have typed.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/status.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/picture.hpp"
#include "visualizer/app/screen.hpp"
#include "visualizer/app/settings.hpp"
#include "visualizer/app/start_files.hpp"
#include "visualizer/app/start_view.hpp"
#include "visualizer/app/tour_files.hpp"
#include "visualizer/app/window.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {

using namespace sim::cli;
using model::StartEntry;

namespace {

// None: the person left.
std::optional<StartEntry> choose(model::Theme const& theme, std::string const& notice) {
    std::string why;
    auto screen = Screen::open({"Vivarium", 1600, 900, false}, why);
    if (!screen) throw std::runtime_error(fmt::format("no window: {}", why));
    float const scale = std::clamp(screen->display_scale() * zoom_of_window(), 0.6f, 4.0f);
    widgets::set_style({&theme, widgets::load_fonts(scale), scale});
    screen->fonts_changed();
    StartView view(find_start_page(repository_root()));
    view.notice = notice;
    Interruption interruption;
    int lively = 3;  // frames to draw before it may sleep
    while (!view.quit && !view.chosen && !Interruption::requested()) {
        bool something = false;
        if (!screen->take_input(lively > 0 ? 0 : 100, something)) return std::nullopt;
        if (something) lively = 3;
        if (lively > 0) --lively;
        screen->frame([&] { view.draw(); });
        std::this_thread::sleep_for(std::chrono::milliseconds(12));
    }
    return view.chosen;
}

int begin(StartEntry const& entry, OpenWords const& words) {
    std::string const& command = entry.words.at(0);
    if (command == "demo") {
        DemoWords demo_words;
        demo_words.theme = words.theme;
        return demo(demo_words);
    }
    if (command == "run") {
        RunWords run;
        run.application = entry.words.at(1);
        return run_with_window(run, words.theme);
    }
    if (command == "tour") {
        TourWords tour_words;
        tour_words.what = "play";
        tour_words.names = {entry.words.at(2)};
        tour_words.theme = words.theme;
        return tour(tour_words);
    }
    OpenWords file = words;
    (entry.words.at(1) == "--resume" ? file.resume : file.file) = entry.words.back();
    return open(file);
}

}  // namespace

int start(OpenWords const& words) {
    bool const text = words.headless || words.json || !words.print.empty();
    if (words.repl || (!words.print.empty() && words.print != "start"))
        throw std::runtime_error("which recording? Give a FILE, or --headless alone for what there is");
    if (text) {
        auto const page = find_start_page(repository_root());
        fmt::print("{}", words.json ? model::start_json(page) : model::start_text(page));
        return status_right;
    }
    if (!display_exists())
        throw std::runtime_error("no display for a window; add --headless to read what could be opened");
    // What cannot be begun (a busy port, a file that is no recording) is told where the
    // person looks: on the page. What fails once its window is there, that command tells
    // on the terminal, as if it had been typed.
    for (std::string notice;;) {
        auto const chosen = choose(theme_of_window(words.theme), notice);
        if (!chosen) return Interruption::requested() ? status_interrupted : status_right;
        try {
            return begin(*chosen, words);
        } catch (std::runtime_error const& error) {
            notice = error.what();
        }
    }
}

Picture start_picture(int width, int height, float scale, model::Theme const& theme) {
    std::string why;
    auto screen = Screen::open({"Vivarium", width, height, true}, why);
    if (!screen) throw std::runtime_error(why);
    widgets::set_style({&theme, widgets::load_fonts(scale), scale});
    screen->fonts_changed();
    StartView view(find_start_page(repository_root()));
    for (int i = 0; i < 4; ++i) screen->frame([&] { view.draw(); });
    return screen->read();
}

}  // namespace viz::app
