// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv attach PLACE`: an image that runs in QEMU, in the window, as text and by lines.
#include <fmt/format.h>

#include <filesystem>

#include "simulator/attach/attachment.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/recording/images.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/line_mode.hpp"
#include "visualizer/app/render.hpp"
#include "visualizer/app/settings.hpp"
#include "visualizer/app/started_qemu.hpp"
#include "visualizer/app/window.hpp"

namespace viz::app {

using namespace sim::cli;
using sim::attach::AtEnd;

namespace {

constexpr auto patience = std::chrono::seconds(5);

// An application's name, or a file.
std::filesystem::path image_path(std::string const& text) {
    if (text.find('/') != std::string::npos || text.ends_with(".elf")) return text;
    return sim::recording::image_of(text);
}

AtEnd at_end(std::string const& word) {
    if (word == "run") return AtEnd::run;
    if (word == "stop") return AtEnd::stop;
    if (word == "end") return AtEnd::end;
    throw std::runtime_error(fmt::format("--at-end {}: there are run, stop and end", word));
}

void check_words(AttachWords const& words) {
    if (words.place.empty() == words.start.empty())
        throw std::runtime_error(words.place.empty()
                                     ? "attach to what? Want HOST:PORT of QEMU's gdb server, or --start APP"
                                     : "--start has a QEMU of its own; leave the place out");
    if (!words.start.empty() && (!words.image.empty() || !words.pcap.empty() || !words.serial.empty()))
        throw std::runtime_error("--start knows image, capture and serial line; leave them out");
    if (words.repl && (!words.print.empty() || words.json || !words.picture.empty()))
        throw std::runtime_error(
            "--repl takes its commands from standard input; leave --print, --json and --picture out");
    for (auto const& [option, file] : {std::pair{"--pcap", &words.pcap}, {"--serial", &words.serial}})
        if (std::error_code failed; !file->empty() && !std::filesystem::exists(*file, failed))
            throw std::runtime_error(
                fmt::format("{} {}: there is no such file; QEMU writes it", option, *file));
}

struct Attached {
    std::unique_ptr<StartedQemu> qemu;  // dies last
    Watch watch;
};

Attached attach_to(AttachWords const& words) {
    Attached made;
    sim::attach::Options options;
    options.at_end = at_end(words.at_end);
    std::string place = words.place;
    if (words.start.empty()) {
        if (!words.image.empty()) options.image = sim::recording::read_blob(image_path(words.image));
        options.capture = words.pcap;
        options.console = words.serial;
        options.title = fmt::format("QEMU at {}", place);
    } else {
        RunWords run;
        (words.start.find('/') == std::string::npos ? run.application : run.kernel) = words.start;
        run.on = "qemu";
        run.machine = words.machine;
        run.memory = words.memory;
        run.cpus = words.cpus;
        run.forwards = words.forwards;
        if (!words.append.empty()) run.append = words.append;
        RunOptions const checked = check(run);
        made.qemu = std::make_unique<StartedQemu>(checked);
        for (auto const& f : made.qemu->forwards())
            say("127.0.0.1:{} leads to port {} of the guest", f.host_port, f.guest_port);
        options.image = checked.config.image;
        if (checked.config.network) options.capture = made.qemu->capture();
        options.console = made.qemu->console();
        options.title = words.start + ", in QEMU";
        options.at_end = AtEnd::stop;  // it ends with us
        place = made.qemu->place();
    }
    auto socket = sim::attach::connect_to(place, patience);
    try {
        made.watch.session = std::make_unique<sim::attach::Attachment>(std::move(socket), std::move(options));
    } catch (sim::attach::Lost const& why) {
        throw std::runtime_error(fmt::format("{}: {}", place, why.what()));
    }
    return made;
}

int take_picture(Watch& watch, AttachWords const& words) {
    RenderOptions options;
    auto const scene = scene_named(words.view);
    if (!scene)
        throw std::runtime_error(
            fmt::format("no view is called \"{}\"; there are {}", words.view, scene_names()));
    options.scene = *scene;
    if (!words.theme.empty()) options.theme = &find_theme(words.theme);
    std::string why;
    auto const picture = render(*watch.session, options, why);
    if (picture) why = write_png(*picture, words.picture);
    if (!why.empty()) throw std::runtime_error(why);
    say("{}: {}", words.view, words.picture);
    return status_right;
}

}  // namespace

int attach(AttachWords const& words) {
    check_words(words);
    at_end(words.at_end);
    auto const view = model::text_view_named(words.print.empty() ? "overview" : words.print);
    if (!view) throw std::runtime_error(fmt::format("no view is called \"{}\"", words.print));
    bool const headless = words.headless || !words.print.empty() || words.json || words.repl;
    if (!headless && words.picture.empty() && !display_exists())
        throw std::runtime_error(
            "no display for a window; add --repl, --print overview or --picture FILE.png");
    Interruption interruption;
    Attached attached = attach_to(words);
    Watch& watch = attached.watch;
    // Views but the overview do not say so: they would show nonsense without a word.
    if (auto const& why = watch.session->snapshot()->stop_reason; why.starts_with(sim::attach::other_image))
        say("{}", why);
    if (words.run) watch.session->post(sim::debug::Run{});
    if (!words.picture.empty()) return take_picture(watch, words);
    if (headless) {
        LineMode lines(watch, [](std::string_view text) { fmt::print("{}", text); });
        if (words.repl) return lines.converse();
        lines.print(*view, words.json);
        return status_right;
    }
    std::string why;
    std::string const title = watch.session->snapshot()->machine->title;
    auto screen = Screen::open({"Vivarium: " + title, 1600, 900, false}, why);
    if (!screen) throw std::runtime_error(fmt::format("no window: {}", why));
    WindowOptions window;
    window.theme = words.theme.empty() ? nullptr : &find_theme(words.theme);
    window.run_at_once = words.run || attached.qemu;
    if (attached.qemu)
        for (auto const& f : attached.qemu->forwards())
            window.footer += fmt::format("127.0.0.1:{} leads to port {}   ", f.host_port, f.guest_port);
    show_window(*screen, watch, window);
    return Interruption::requested() ? status_interrupted : status_right;
}

}  // namespace viz::app
