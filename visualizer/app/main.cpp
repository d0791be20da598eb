// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv-glass: the machine under glass. ./viv hands over to it for demo, open,
// shot, tour and run --gui.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>

#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "visualizer/app/commands.hpp"

namespace viz::app {
namespace {

using namespace sim::cli;

void add_demo(CLI::App& app, DemoWords& words) {
    auto* demo = app.add_subcommand("demo", "Boots the HTTP server in the simulator and shows it live.");
    demo->add_flag("--headless", words.headless, "no window: a summary in text, a picture at the end");
    demo->add_option("--port", words.port, "of 127.0.0.1, leads to the guest's port 80; 0: any free one")
        ->capture_default_str();
    auto* after = demo->add_option("--exit-after", words.exit_after, "end after N answers")
                      ->type_name("N")
                      ->check(CLI::PositiveNumber);
    demo->add_flag("--self-request", words.self_request, "send these N requests, and check the answers")
        ->needs(after);
    demo->add_option("--memory", words.memory, "the guest's memory")
        ->type_name("SIZE")
        ->capture_default_str();
    demo->add_option("--kernel", words.kernel, "an image of your own instead of the HTTP server's")
        ->type_name("FILE");
    demo->add_option("--record", words.record, "where the recording goes (build/demo.run)")
        ->type_name("FILE");
    demo->add_option("--picture", words.picture, "where the picture goes (beside the recording)")
        ->type_name("FILE");
    demo->add_option("--theme", words.theme, "of the window: dark, light or contrast");
}

void add_open(CLI::App& app, OpenWords& words) {
    auto* open = app.add_subcommand("open", "Shows a recording; without one, the start page.");
    open->add_option("FILE[@MOMENT]", words.file,
                     "a recording; at 123456, 12.5ms, packet:3, fault:1, bookmark:NAME");
    open->add_flag("--headless", words.headless, "no window: print a view's text");
    open->add_option("--print", words.print, "which view: overview, threads, packets, ...")
        ->type_name("VIEW");
    open->add_flag("--json", words.json, "print it as JSON");
    open->add_flag("--repl", words.repl,
                   "no window: commands, a line each, on standard input; help lists them");
    open->add_option("--resume", words.resume,
                     "go on where a program stood that was killed: see the start page")
        ->type_name("STATE");
    open->add_option("--theme", words.theme, "of the window: dark, light or contrast");
    auto* browser =
        open->add_flag("--browser", words.browser,
                       "no window: serve it to a browser on this computer, as an album; Ctrl-C ends it")
            ->excludes("--headless", "--print", "--json", "--repl", "--theme");
    open->add_option("--port", words.port, "of 127.0.0.1; 0: any free one")
        ->capture_default_str()
        ->needs(browser);
    open->add_option("--ask", words.question, "a question to be answered: see --print answers")
        ->type_name("QUESTION");
    open->add_option("--stop", words.stops, "a stop to be set, such as \"watch ticks\"; several")
        ->type_name("STOP");
}

void add_attach(CLI::App& app, AttachWords& words) {
    auto* attach = app.add_subcommand("attach", "Shows an image that runs in QEMU, through its gdb server.");
    attach->add_option("PLACE", words.place, "of QEMU's gdb server: 127.0.0.1:1234, or unix:PATH");
    attach->add_option("--image", words.image, "what runs there: an application's name, or an ELF file")
        ->type_name("IMAGE");
    attach->add_option("--pcap", words.pcap, "the capture that QEMU's filter-dump writes")->type_name("FILE");
    attach->add_option("--serial", words.serial, "the file to which QEMU writes the serial line")
        ->type_name("FILE");
    attach->add_option("--start", words.start, "start a QEMU with this application, and attach to that")
        ->type_name("APP");
    auto const of_start = [&](CLI::Option* option) { return option->needs("--start"); };
    of_start(attach->add_option("--machine", words.machine, "of --start: q35, pc or microvm"));
    of_start(
        attach->add_option("--memory", words.memory, "of --start: the guest's memory")->type_name("SIZE"));
    of_start(attach->add_option("--cpus", words.cpus, "of --start: how many processors"));
    of_start(attach->add_option("--append", words.append, "of --start: words for the guest's command line")
                 ->type_name("\"WORDS\""));
    of_start(attach
                 ->add_option("--forward", words.forwards,
                              "of --start: lead 127.0.0.1:HOST to the guest's port; 0: any free port")
                 ->type_name("HOST:GUEST"));
    attach->add_flag("--run", words.run, "let it run at once; else it stands still where it was met");
    attach->add_flag("--headless", words.headless, "no window: print a view's text");
    attach->add_option("--print", words.print, "which view: overview, threads, packets, ...")
        ->type_name("VIEW");
    attach->add_flag("--json", words.json, "print it as JSON");
    attach->add_flag("--repl", words.repl, "no window: commands, a line each, on standard input");
    attach->add_option("--picture", words.picture, "no window: write a picture")->type_name("FILE.png");
    attach->add_option("--view", words.view, "of the picture, as viv shot has it")->capture_default_str();
    attach->add_option("--at-end", words.at_end, "what becomes of QEMU: run, stop (stand still) or end")
        ->capture_default_str();
    attach->add_option("--theme", words.theme, "dark, light or contrast");
}

void add_shot(CLI::App& app, ShotWords& words) {
    auto* shot = app.add_subcommand("shot", "Writes a picture of a view; needs no display.");
    shot->add_option("--view", words.view,
                     "overview, boot, memory, scheduling, network, compare, disk, start, or a view's name")
        ->capture_default_str();
    shot->add_option("--app", words.application, "run this application (http)")->type_name("APP");
    shot->add_option("--requests", words.requests, "requests that the HTTP application answers before")
        ->capture_default_str();
    shot->add_option("--recording", words.recording, "show this recording")->type_name("FILE[@MOMENT]");
    shot->add_option("--at", words.place, "go to this moment: 123456, 12.5ms, packet:3")->type_name("MOMENT");
    shot->add_option("--address", words.address, "what the page walk, the bytes and the code show")
        ->type_name("ADDRESS");
    shot->add_option("--ask", words.question, "a question to be answered, as viv query has it")
        ->type_name("QUESTION");
    shot->add_option("--stop", words.stops, "a stop to be set, such as \"watch ticks\"; several")
        ->type_name("STOP");
    shot->add_option("--do", words.commands, "a command of the window before, as --repl has it; several")
        ->type_name("COMMAND")
        ->allow_extra_args(false);
    shot->add_option("--size", words.size, "of the picture")->type_name("WxH")->capture_default_str();
    shot->add_flag("--bare", words.bare, "the view alone, cut to what it shows: for a page or a slide");
    shot->add_option("--scale", words.scale, "1.6 for a projector")->capture_default_str();
    shot->add_option("--theme", words.theme, "dark, light or contrast")->capture_default_str();
    shot->add_option("-o,--output", words.output, "the PNG file")->type_name("FILE.png");
}

void add_tour(CLI::App& app, TourWords& words) {
    auto* tour = app.add_subcommand("tour", "Tours: steps through a machine's life, with questions.");
    tour->require_subcommand(1);
    auto const command = [&](char const* name, char const* help) {
        auto* one = tour->add_subcommand(name, help);
        one->callback([&words, name] { words.what = name; });
        return one;
    };
    auto* list = command("list", "Which tours there are.");
    list->add_flag("--json", words.json, "as one line of JSON");
    auto* play = command("play", "Takes a tour, in a window.");
    play->alias("run");
    play->add_option("NAME", words.names, "a tour's name, or a .tour file")->required()->expected(1);
    play->add_flag("--repl", words.lines, "no window: by lines of words on standard input");
    play->add_flag("--headless", words.lines, "the same");
    play->add_option("--step", words.step, "begin with this step")->capture_default_str();
    play->add_flag("--presenter", words.presenter, "large type, and keys only");
    play->add_flag("--notes", words.notes, "the presenter's notes on this terminal");
    play->add_option("--theme", words.theme, "of the window: dark, light or contrast");
    auto* rehearse =
        command("rehearse", "Goes through a tour alone and says what would go wrong in a lecture.");
    rehearse->add_option("NAME", words.names, "tours, or .tour files; none: all of them");
    rehearse->add_option("--projector", words.projector, "its size in pixels")
        ->type_name("WxH")
        ->capture_default_str();
    rehearse->add_option("--budget", words.budget, "instructions that a step may cost")
        ->capture_default_str();
    rehearse->add_option("--pictures", words.pictures, "a picture of every pause goes here")
        ->type_name("FOLDER");
    rehearse->add_option("--theme", words.theme, "of the pictures: dark, light or contrast");
    rehearse->add_flag("--json", words.json, "a line of JSON for each tour");
    auto* record = command("record", "Makes a tour of what you do in a window.");
    record->add_option("FILE", words.names, "the .tour file to be")->required()->expected(1);
    record->add_option("--app", words.application, "whose life")->type_name("APP")->required();
    record->add_option("--append", words.append, "words for the guest's command line")
        ->type_name("\"WORDS\"");
    record->add_option("--memory", words.memory_mib, "the guest's memory in MiB")->capture_default_str();
    record->add_option("--seed", words.seed, "of what is random")->capture_default_str();
    record->add_option("--peer", words.peer, "a second machine at the other end of a cable")
        ->type_name("\"APP WORDS\"");
    record->add_option("--link", words.link, "that cable: delay=1ms,loss=1%")->type_name("WORDS");
    record->add_option("--fault", words.faults, "what happens to which frame, as a tour's head has it; several")
        ->type_name("\"WORDS\"");
    record->add_option("--until", words.until, "where the life ends at the latest (10s)")->type_name("TIME");
    record->add_flag("--repl", words.lines, "no window: by lines of words on standard input");
    auto* edit = command("edit", "Goes on with a tour's file behind its last step.");
    edit->add_option("FILE", words.names, "a .tour file")->required()->expected(1);
    edit->add_flag("--repl", words.lines, "no window: by lines of words on standard input");
}

void add_run(CLI::App& app, RunWords& words, bool& window, std::string& theme) {
    auto* run = app.add_subcommand("run", "Runs one application in the simulator, in a window.");
    run->add_option("APP", words.application, "an application's name, such as hello or http");
    run->add_option("--kernel", words.kernel, "an image of your own: an ELF file with a PVH note")
        ->type_name("FILE");
    run->add_option("--initrd", words.initrd, "a file handed to the guest as its module")->type_name("FILE");
    run->add_option("--on", words.on, "sim or qemu");
    run->add_option("--memory", words.memory, "the guest's memory")->type_name("SIZE")->capture_default_str();
    run->add_option("--append", words.append, "words for the guest's command line")->type_name("\"WORDS\"");
    run->add_option("--forward", words.forwards, "lead 127.0.0.1:HOST to the guest's port; 0: any free port")
        ->type_name("HOST:GUEST");
    run->add_option("--disk", words.disks, "a disk on virtio-blk: readonly, format=raw; the file is not written")
        ->type_name("FILE[,WORD...]")
        ->allow_extra_args(false);
    run->add_option("--pcap", words.pcap, "capture all frames")->type_name("FILE");
    run->add_option("--record", words.record, "record the run")->type_name("FILE");
    run->add_flag("--embed", words.embed, "put the image into the recording");
    run->add_option("--seed", words.seed, "of all that is random in the machine")->type_name("N");
    run->add_option("--exit-after", words.exit_after, "the HTTP application ends after N answers")
        ->type_name("N");
    run->add_flag("--self-request", words.self_request, "send these N requests, and check the answers");
    run->add_flag("--gui", window, "in a window");
    run->add_option("--theme", theme, "of the window: dark, light or contrast");
}

void add_bench(CLI::App& app, UiBenchWords& words) {
    auto* bench = app.add_subcommand("bench", "Measures what a frame of the window costs.");
    bench->add_option("NAME", words.name, "ui")->required();
    bench->add_option("--frames", words.frames, "of each perspective and view")
        ->check(CLI::Range(1u, 100'000u).description(""))
        ->capture_default_str();
    bench->add_flag("--check", words.check, "exit 1 when the figure is missed");
    bench->add_flag("--json", words.json, "as one line of JSON");
}

int main_program(int count, char** words) {
    CLI::App app("Shows Vivarium's machines: live, recorded, as pictures and as text.", "viv");
    app.require_subcommand(1);
    DemoWords demo_words;
    OpenWords open_words;
    ShotWords shot_words;
    RunWords run_words;
    TourWords tour_words;
    bool window = false;
    std::string theme;
    add_demo(app, demo_words);
    add_open(app, open_words);
    AttachWords attach_words;
    add_attach(app, attach_words);
    add_shot(app, shot_words);
    add_run(app, run_words, window, theme);
    add_tour(app, tour_words);
    UiBenchWords bench_words;
    add_bench(app, bench_words);
    try {
        app.parse(count, words);
    } catch (CLI::CallForHelp const& help) {
        return app.exit(help);
    } catch (CLI::ParseError const& error) {
        std::string text = error.what();
        std::replace(text.begin(), text.end(), '\n', ' ');
        auto const chosen = app.get_subcommands();
        say_error("{}; see viv {}--help", text, chosen.empty() ? "" : chosen[0]->get_name() + " ");
        return status_wrong_use;
    }
    try {
        if (app.got_subcommand("demo")) return demo(demo_words);
        if (app.got_subcommand("open")) return open(open_words);
        if (app.got_subcommand("attach")) return attach(attach_words);
        if (app.got_subcommand("shot")) return shot(shot_words);
        if (app.got_subcommand("bench")) return bench_ui(bench_words);
        if (app.got_subcommand("tour")) return tour(tour_words);
        return run_with_window(run_words, theme);
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_wrong_use;
    }
}

}  // namespace
}  // namespace viz::app

int main(int count, char** words) { return viz::app::main_program(count, words); }
