// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv demo`: the HTTP server in the simulator, seen live. With a display a
// window, without one a summary in text; at the end a recording and a picture.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/branch_files.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/links/self_request.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/last_state.hpp"
#include "visualizer/app/render.hpp"
#include "visualizer/app/settings.hpp"
#include "visualizer/app/window.hpp"

namespace viz::app {

namespace fs = std::filesystem;
using namespace sim::cli;
using sim::debug::RunState;
using sim::debug::Snapshot;
using sim::links::SelfRequest;

namespace {

// build/ of the repository if there is one: these names are ours. Elsewhere the
// current folder, where the recorder and the PNG writer replace only their kind.
fs::path default_recording() {
    char const* root = std::getenv("VIV_ROOT");
    std::error_code ignored;
    if (root && fs::is_directory(fs::path(root) / "build", ignored))
        return fs::path(root) / "build" / "demo.run";
    return "demo.run";
}

std::string shown_path(fs::path const& path) {
    std::error_code failed;
    fs::path relative = fs::relative(path, failed);
    return failed || relative.empty() || relative.string().starts_with("../..") ? path.string()
                                                                                : relative.string();
}

// A picture may be replaced by a picture, nothing else.
void refuse_to_replace(fs::path const& picture) {
    std::error_code ignored;
    if (!fs::exists(picture, ignored)) return;
    std::FILE* file = std::fopen(picture.c_str(), "rb");
    unsigned char start[4] = {};
    bool png = file && std::fread(start, 1, 4, file) == 4 && start[0] == 0x89 && start[1] == 'P' &&
               start[2] == 'N' && start[3] == 'G';
    if (file) std::fclose(file);
    if (!png)
        throw std::runtime_error(fmt::format(
            "{} exists and is no picture; give another name with --picture FILE", picture.string()));
}

// What the machine does, as lines.
class Summary {
public:
    void tell(Snapshot const& now) {
        tell_console(now);
        model_.update(std::make_shared<Snapshot const>(now));
        auto clock = std::chrono::steady_clock::now();
        auto const& tally = model_.tally();
        bool first_page = told_requests_ == 0 && tally.requests > 0;
        if (clock < next_ && !first_page) return;
        if (tally.requests == told_requests_ && tally.packets_in == told_packets_ && told_once_ &&
            clock < quiet_until_)
            return;
        line(now);
        next_ = clock + std::chrono::seconds(1);
        quiet_until_ = clock + std::chrono::seconds(10);  // when nothing happens, a line now and then
    }
    model::Model const& model() const { return model_; }
    void line(Snapshot const& now) {
        auto const& tally = model_.tally();
        told_requests_ = tally.requests, told_packets_ = tally.packets_in;
        told_once_ = true;
        fmt::print(
            "{:>12}  {:>14} instructions  threads {:<2} running {:<10}  packets {} in, {} out  requests {}\n",
            model::exact_time(now.virtual_ns), model::grouped(now.moment.retired), now.kernel.threads.size(),
            now.cpu.halted ? "(asleep)" : model_.thread_name(model_.running_thread()), tally.packets_in,
            tally.packets_out, tally.requests);
        std::fflush(stdout);
    }

private:
    void tell_console(Snapshot const& now) {
        if (!now.console) return;
        std::string const& all = *now.console;
        if (told_console_ > all.size()) told_console_ = all.size();
        std::size_t end = all.rfind('\n');
        if (end == std::string::npos || end + 1 <= told_console_) return;
        std::string_view rest = std::string_view(all).substr(told_console_, end + 1 - told_console_);
        while (!rest.empty()) {
            std::size_t at = rest.find('\n');
            std::string_view text = rest.substr(0, at);
            if (text.ends_with('\r')) text.remove_suffix(1);
            fmt::print("   guest | {}\n", text);
            rest.remove_prefix(at + 1);
        }
        told_console_ = end + 1;
        std::fflush(stdout);
    }

    model::Model model_;
    std::size_t told_console_ = 0;
    std::uint64_t told_requests_ = 0, told_packets_ = 0;
    bool told_once_ = false;
    std::chrono::steady_clock::time_point next_{}, quiet_until_{};
};

int status_of(Snapshot const& now) {
    switch (now.state) {
        case RunState::exited:
            return status_of_guest(static_cast<std::uint32_t>(now.exit_status));
        case RunState::crashed:
            return status_triple_fault;
        default:
            return status_limit;
    }
}

bool ended(Snapshot const& now) {
    return now.state == RunState::exited || now.state == RunState::crashed || now.state == RunState::ended;
}

// Runs until the guest ends, Ctrl-C, or the visitor gives up.
int watch_in_text(Watch& watch, std::function<SelfRequest*(model::Model const&)> const& visit) {
    sim::debug::ViewRequest wanted;
    wanted.lists = sim::debug::KernelList::threads;
    watch.session->request(wanted);
    watch.session->post(sim::debug::Run{});
    watch.session->start();
    Summary summary;
    int status = status_interrupted;
    while (!Interruption::requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        auto now = watch.session->snapshot();
        summary.tell(*now);
        if (ended(*now)) {
            status = status_of(*now);
            break;
        }
        SelfRequest* visitor = visit(summary.model());
        if (visitor && visitor->done() && !visitor->problem().empty()) {
            say_error("{}", visitor->problem());
            status = status_limit;
            break;
        }
    }
    watch.session->stop();
    summary.tell(*watch.session->snapshot());
    summary.line(*watch.session->snapshot());
    return status;
}

void write_overview(Watch& watch, fs::path const& path) {
    std::string why;
    auto picture = render(*watch.session, {}, why);
    if (picture) why = write_png(*picture, path.string());
    if (why.empty())
        say("picture of the overview: {}", shown_path(path));
    else
        say("no picture: {}", why);
}

}  // namespace

int demo(DemoWords const& words) {
    if (words.port > 65535)
        throw std::runtime_error(
            fmt::format("--port {}: want 1 to 65535, or 0 for any free one", words.port));
    fs::path record = !words.record.empty()   ? fs::path(words.record)
                      : !words.kernel.empty() ? fs::path("demo.run")
                                              : default_recording();
    fs::path picture =
        words.picture.empty() ? fs::path(record).replace_extension(".png") : fs::path(words.picture);
    refuse_to_replace(picture);
    model::Theme const* theme = words.theme.empty() ? nullptr : &find_theme(words.theme);

    RunWords run;
    // One's own kernel goes into the recording: its file is about to change.
    run.application = words.kernel.empty() ? "http" : "";
    run.kernel = words.kernel;
    run.embed = !words.kernel.empty();
    run.memory = words.memory;
    run.forwards = {fmt::format("{}:80", words.port)};
    run.record = record.string();
    run.exit_after = words.exit_after;
    run.self_request = words.self_request;

    std::unique_ptr<Screen> screen;
    if (!words.headless && display_exists()) {
        std::string why;
        screen = Screen::open({"Vivarium: http", 1600, 900, false}, why);
        if (!screen) say("no window ({}); going on without one", why);
    } else if (!words.headless) {
        say("no display here; going on without a window (--headless says so too)");
    }

    try {
        if (words.port != 0) sim::links::require_free_port(static_cast<std::uint16_t>(words.port));
    } catch (std::runtime_error const&) {
        throw std::runtime_error(fmt::format(
            "127.0.0.1:{0} is in use by another program; choose another port with --port, 0 for any free one",
            words.port));
    }
    Watch watch = watch_live(check(run), "http, live", {}, screen ? Keep::place : Keep::nothing);
    Interruption interruption;
    unsigned port = watch.live->forwards().empty() ? words.port : watch.live->forwards()[0].host_port;
    say("the HTTP server boots in the simulator; try it: curl http://127.0.0.1:{}/", port);
    std::optional<SelfRequest> visitor;
    auto visit = [&](model::Model const& model) -> SelfRequest* {
        if (words.self_request && !visitor && ready_for_visitors(model))
            visitor.emplace(static_cast<std::uint16_t>(port), words.exit_after);
        return visitor ? &*visitor : nullptr;
    };

    int status = status_right;
    bool guest_ended = false;
    try {
        if (screen) {
            WindowOptions window;
            window.footer = fmt::format("http://127.0.0.1:{}/   recording {}", port, shown_path(record));
            window.run_at_once = true;
            window.theme = theme;
            Autosave autosave(record, "http, live", false);
            window.autosave = &autosave;
            window.look_in = [&](model::Model const& model) {
                visit(model);
                return std::string();
            };
            show_window(*screen, watch, window);
            guest_ended = ended(*watch.session->snapshot());
            status = Interruption::requested() ? status_interrupted
                     : guest_ended             ? status_of(*watch.session->snapshot())
                                               : status_right;
            screen.reset();
        } else {
            say("Ctrl-C ends it");
            status = watch_in_text(watch, visit);
        }
        for (std::string const& line : sim::debug::save_branches(*watch.session, record)) say("{}", line);
        watch.live->finish();
        if (visitor) {
            visitor->finish();
            say("{} of {} requests answered, and right", visitor->answered(), words.exit_after);
            if (status == status_right && visitor->answered() != words.exit_after) {
                say_error("{}", visitor->problem());
                status = status_differs;
            }
        }
        write_overview(watch, picture);
        say("recorded in {0}; look at it again with: viv open {0}", shown_path(record));
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_tool_failed;
    }
    return status;
}

int run_with_window(RunWords words, std::string const& theme) {
    if (words.on == "qemu") {
        AttachWords attached;
        attached.start = words.application.empty() ? words.kernel : words.application;
        if (attached.start.find('/') == std::string::npos && words.application.empty())
            attached.start = "./" + attached.start;
        for (auto const& [asked, option] : {std::pair{!words.record.empty(), "--record"},
                                            {!words.pcap.empty(), "--pcap"},
                                            {!words.initrd.empty(), "--initrd"},
                                            {!words.disks.empty(), "--disk"},
                                            {words.seed.has_value(), "--seed"},
                                            {words.embed, "--embed"},
                                            {words.exit_after != 0, "--exit-after"},
                                            {words.self_request, "--self-request"}})
            if (asked)
                throw std::runtime_error(
                    fmt::format("{}: --gui with --on qemu takes --memory, --append and --forward only; leave "
                                "it out, or leave out --on qemu",
                                option));
        attached.memory = words.memory;
        attached.append = words.append.value_or("");
        attached.forwards = words.forwards;
        attached.theme = theme;
        return attach(attached);
    }
    RunOptions options = check(words);
    for (auto const& disk : options.disks)
        if (disk.write_back)
            throw std::runtime_error(
                fmt::format("--disk {},write-back does not go with --gui: a window may stand at any moment of "
                            "any branch when it is closed; leave out one of them",
                            disk.path.string()));
    model::Theme const* const wanted = theme.empty() ? nullptr : &find_theme(theme);
    if (options.target != Target::simulator)
        throw std::runtime_error("--gui watches machines; leave out --on host");
    if (!display_exists())
        throw std::runtime_error("no display for a window; leave out --gui, or take a picture with viv shot");
    std::string name = words.application.empty() ? options.kernel.filename().string() : words.application;
    std::string why;
    auto screen = Screen::open({"Vivarium: " + name, 1600, 900, false}, why);
    if (!screen) throw std::runtime_error(fmt::format("no window: {}", why));
    // What nobody asked to record is kept while it runs, to come back to after a crash.
    bool const asked = !options.record.empty();
    if (!asked) options.record = unasked_recording(name);
    Watch watch = watch_live(options, name + ", live", {}, asked ? Keep::place : Keep::life_and_place);
    Interruption interruption;
    std::optional<SelfRequest> visitor;
    Autosave autosave(options.record, name + ", live", false);
    try {
        WindowOptions window;
        window.look_in = [&](model::Model const& model) {
            if (options.self_request && !visitor && ready_for_visitors(model))
                visitor.emplace(watch.live->forwards()[0].host_port, options.exit_after);
            return std::string();
        };
        for (auto const& f : watch.live->forwards())
            window.footer += fmt::format("127.0.0.1:{} leads to port {}   ", f.host_port, f.guest_port);
        window.run_at_once = true;
        window.theme = wanted;
        window.autosave = &autosave;
        show_window(*screen, watch, window);
        auto now = watch.session->snapshot();
        int status = Interruption::requested() ? int{status_interrupted}
                     : ended(*now)             ? status_of(*now)
                                               : int{status_right};
        screen.reset();
        if (asked)
            for (std::string const& line : sim::debug::save_branches(*watch.session, options.record))
                say("{}", line);
        if (asked) watch.live->finish();  // else it is dropped
        if (visitor) visitor->finish();
        if (asked) say("recorded in {0}; look at it again with: viv open {0}", options.record.string());
        return status;
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_tool_failed;
    }
}

}  // namespace viz::app
