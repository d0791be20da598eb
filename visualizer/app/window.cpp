// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/window.hpp"

#include <fmt/format.h>
#include <imgui.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "simulator/cli/interruption.hpp"
#include "visualizer/app/settings.hpp"
#include "visualizer/app/tour_files.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {

bool display_exists() {
    auto set = [](char const* name) {
        char const* value = std::getenv(name);
        return value && *value;
    };
    if (set("SDL_VIDEODRIVER")) {
        std::string driver = std::getenv("SDL_VIDEODRIVER");
        return driver != "offscreen" && driver != "dummy";
    }
    return set("DISPLAY") || set("WAYLAND_DISPLAY");
}

namespace {

// The first name of its kind that is free: nothing of anybody's is replaced.
std::string free_name(std::string const& stem, std::string const& extension) {
    std::error_code ignored;
    std::string name = stem + extension;
    for (int n = 2; std::filesystem::exists(name, ignored) && n < 10000; ++n)
        name = fmt::format("{}-{}{}", stem, n, extension);
    return name;
}

}  // namespace

void show_window(Screen& screen, Watch& watch, WindowOptions const& options) {
    SessionDoor door(*watch.session);
    Shell shell(door);
    shell.footer = options.footer;
    shell.guide().library = tour_library();
    float scale = 0;
    std::string const before = read_arrangement();
    shell.desk().restore(before);
    shell.window().welcome = !shell.window().welcomed;
    if (options.theme) shell.window().theme = options.theme;
    // The fonts are made anew for another scale only.
    auto fit_style = [&] {
        float wanted = std::clamp(screen.display_scale() * shell.window().zoom, 0.6f, 4.0f);
        if (wanted != scale) {
            scale = wanted;
            widgets::set_style({shell.window().theme, widgets::load_fonts(scale), scale});
            screen.fonts_changed();
        } else if (widgets::style().theme != shell.window().theme) {
            widgets::set_style({shell.window().theme, widgets::fonts(), scale});
        }
    };
    fit_style();
    if (options.prepare) options.prepare(shell);
    if (options.run_at_once) watch.session->post(sim::debug::Run{});
    watch.session->start([] { Screen::wake(); });

    using clock = std::chrono::steady_clock;
    int lively = 3;  // frames to draw before it may sleep
    std::uint64_t seen = 0;
    while (!shell.window().quit && !sim::cli::Interruption::requested()) {
        auto start = clock::now();
        bool something = false;
        if (!screen.take_input(lively > 0 ? 0 : 100, something)) break;
        auto snapshot = watch.session->snapshot();
        if (something || snapshot->number != seen) lively = 3;
        seen = snapshot->number;
        if (lively > 0) --lively;
        fit_style();
        if (options.look_in)
            if (std::string text = options.look_in(shell.model()); !text.empty()) shell.notice(text);
        screen.frame([&] { shell.draw(snapshot); });
        if (options.autosave) options.autosave->update(shell.desk());
        if (std::exchange(shell.window().picture, false)) {
            std::string name = free_name("vivarium", ".png");
            std::string why = write_png(screen.read(), name);
            shell.notice(why.empty() ? "picture written to " + name : why);
        }
        // Where nothing waits for the display's beat: 60 frames a second are enough.
        auto spent = clock::now() - start;
        if (spent < std::chrono::milliseconds(12))
            std::this_thread::sleep_for(std::chrono::milliseconds(12) - spent);
    }
    watch.session->stop();
    if (options.at_end) options.at_end(shell);
    if (std::string const now = shell.desk().saved(); now != before) write_arrangement(now);
}

}  // namespace viz::app
