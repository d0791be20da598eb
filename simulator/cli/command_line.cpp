// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "simulator/cli/bench_command.hpp"
#include "simulator/cli/compare_command.hpp"
#include "simulator/cli/doctor_command.hpp"
#include "simulator/cli/explore_command.hpp"
#include "simulator/cli/export_command.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/query_command.hpp"
#include "simulator/cli/replay_command.hpp"
#include "simulator/cli/retry_command.hpp"
#include "simulator/cli/run_options.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/cli/topology_command.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/stop_text.hpp"

namespace sim::cli {
namespace {

void add_run(CLI::App& app, RunWords& words) {
    auto* run = app.add_subcommand("run", "Run one image on one target. Its serial line appears on stdout.");
    run->footer("./viv run APP --gui shows it in a window (sim and qemu); ./viv takes that word, not this program.");
    run->add_option("APP", words.application, "an application's name, such as hello or http");
    run->add_option("--kernel", words.kernel,
                    "an image of your own: ELF with a PVH note, Linux bzImage, multiboot 1")
        ->type_name("FILE");
    run->add_option("--initrd", words.initrd,
                    "a file handed to the guest: its initial RAM disk, or its module")
        ->type_name("FILE");
    run->add_option("--on", words.on,
                    "sim: the simulator; qemu: QEMU; host: a process of this machine, no processor between")
        ->type_name("TARGET")
        ->capture_default_str();
    run->add_option("--machine", words.machine, "QEMU's machine: q35, pc or microvm")
        ->type_name("NAME")
        ->capture_default_str();
    run->add_option("--cpus", words.cpus, "processors of the guest's machine")
        ->type_name("N")
        ->check(CLI::Range(1u, machine::Machine::most_processors).description(""))
        ->capture_default_str();
    run->add_option(
           "--memory", words.memory,
           fmt::format("the guest's memory; without it {}, of a Linux image {}", usual_memory, linux_memory))
        ->type_name("SIZE");
    run->add_option("--accel", words.accelerator, "QEMU's processor: tcg or kvm")
        ->type_name("NAME")
        ->capture_default_str();
    run->add_option_function<std::string>(
           "--append", [&words](std::string const& text) { words.append = text; },
           fmt::format("words for the guest's command line; without it a Linux image gets {}", linux_append))
        ->type_name("\"WORDS\"");
    run->add_option("--forward", words.forwards,
                    "lead 127.0.0.1:HOST to the guest's port, of TCP or of UDP; 0: any free port")
        ->type_name("HOST:GUEST[/udp]")
        ->allow_extra_args(false);
    run->add_option(
           "--net", words.net,
           "user: the host's network by our uplink; none: no card; tap:NAME: a TAP device (--on host, "
           "as root)")
        ->type_name("WHERE")
        ->capture_default_str();
    run->add_option("--disk", words.disks,
                    "a disk on virtio-blk: readonly, format=raw; the file is not written unless write-back "
                    "asks for it at the end of the run")
        ->type_name("FILE[,WORD...]")
        ->allow_extra_args(false);
    run->add_option("--virtio", words.virtio,
                    "where the virtio devices are: pci, transitional (with the old registers, too), mmio, "
                    "mmio-legacy")
        ->type_name("BUS")
        ->capture_default_str();
    run->add_flag("--test-device", words.test_device,
                  "add QEMU's pc-testdev, for kvm-unit-tests (docs/reference/machine.md)");
    run->add_flag("--console", words.console, "add a virtio console; what it prints appears on stdout, too");
    run->add_flag("--stdin", words.type_stdin,
                  "what is typed here goes to the guest's serial line; time passes as it does for us");
    run->add_option("--pcap", words.pcap, "capture all frames")->type_name("FILE");
    run->add_option("--topology", words.topology,
                    "several machines, switches and links, as this file says (docs/reference/topology.md)")
        ->type_name("FILE");
    run->add_option("--record", words.record, "record the run, for viv replay and viv open")
        ->type_name("FILE");
    run->add_flag("--embed", words.embed, "put the image into the recording");
    run->add_flag("--checkpoints", words.checkpoints,
                  "put the whole machine into the recording each second: opens where it cannot be run");
    run->add_option("--seed", words.seed, "of all that is random in the machine")->type_name("N");
    run->add_option("--exit-after", words.exit_after, "the HTTP application ends after N answers")
        ->type_name("N")
        ->check(CLI::Range(1u, 1'000'000'000u).description(""));
    run->add_flag("--self-request", words.self_request, "send these N requests, and check the answers");
    run->add_option("--gdb", words.gdb,
                    "serve gdb on this port of 127.0.0.1 (0: any); the guest runs meanwhile")
        ->type_name("PORT");
    run->add_flag("--gdb-wait", words.gdb_wait, "the first instruction waits until gdb says so");
    run->add_option("--fault", words.faults,
                    "let this go wrong, such as \"drop tcp syn 1\"; any number of times")
        ->type_name("\"LINE\"")
        ->allow_extra_args(false);
    run->add_option("--link", words.link,
                    "what the way to the host's network is like: loss=1%,delay=20ms (docs/reference/"
                    "topology.md), or a file with such words")
        ->type_name("FILE|SPEC");
    run->add_option("--limit", words.limit,
                    "end after so many instructions, or so much virtual time (status 124)")
        ->type_name("INSTRUCTIONS|TIME");
    run->add_option("--patience", words.patience,
                    "end a guest that seems to spin, unproven, after so many instructions; without it "
                    "1000000000 of a loop, 10000000000 of one that touches no device")
        ->type_name("INSTRUCTIONS")
        ->check(CLI::PositiveNumber.description(""));
    run->add_option("--log-access", words.log_access,
                    "tell each access to these devices on stderr: all, or names such as uart0,disk0,config")
        ->type_name("DEVICES");
    run->add_option("--log-limit", words.log_limit, "stop telling accesses after so many")
        ->type_name("N")
        ->capture_default_str();
    run->add_flag("--trace", words.trace, "tell each interrupt, exception, timer and frame on stderr");
    run->add_flag("--json", words.json, "print the outcome as a last line of JSON on stdout");
}

void add_replay(CLI::App& app, ReplayWords& words) {
    auto* replay =
        app.add_subcommand("replay", "Run a recording again, with nothing from outside but what it holds.");
    replay
        ->add_option(
            "FILE", words.file,
            "made by --record; with stops FILE@MOMENT begins there; of a world, FILE@TIME goes there")
        ->required();
    replay->add_flag("--verify", words.verify,
                     "compare the machine with the recorded hashes: 0 the same, 1 not");
    replay->add_option("--kernel", words.kernel, "the image, when it cannot be found by itself")
        ->type_name("FILE");
    replay->add_flag("--salvage", words.salvage, "take what there is of a recording that stops too early");
    replay->add_option("--pcap", words.pcap, "capture all frames")->type_name("FILE");
    for (debug::StopWord const& stop : debug::stop_words())
        replay
            ->add_option_function<std::vector<std::string>>(
                "--" + std::string(stop.name),
                [&words, name = std::string(stop.name)](std::vector<std::string> const& all) {
                    for (std::string const& one : all) words.stops.stops.push_back(name + " " + one);
                },
                std::string(stop.meaning))
            ->type_name("'" + std::string(stop.usage) + "'")
            ->allow_extra_args(false);
    replay->add_flag("--backwards", words.stops.backwards,
                     "look for the stops from the end (or MOMENT) back");
    replay->add_option("--count", words.stops.count, "go from stop to stop, so many times")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000).description(""))
        ->capture_default_str();
    replay->add_option("--gdb", words.gdb, "serve gdb on this port of 127.0.0.1 (0: any)")->type_name("PORT");
    replay->add_flag("--trace", words.trace, "tell each interrupt, exception, timer and frame on stderr");
    replay->add_flag("--json", words.json, "print the outcome as one line of JSON on stdout");
}

void add_query(CLI::App& app, QueryWords& words) {
    auto* query = app.add_subcommand("query", "Ask a recording about its past.");
    query
        ->add_option("FILE", words.file,
                     "a recording; FILE@MOMENT asks as of 123456, 12.5ms, packet:3, "
                     "bookmark:NAME, end")
        ->required();
    std::string usage;
    for (auto const& q : debug::queries::question_words())
        usage += fmt::format("\n  {}{}{}: {}", q.name, q.usage.empty() ? "" : " ", q.usage, q.meaning);
    query->add_option("QUESTION", words.question, "what to ask:" + usage)->required();
    query->add_option("--chain", words.chain, "of last-write: follow the value N writes back")
        ->type_name("N");
    query->add_option("--follow", words.follow, "of print: follow pointers, N one behind the other")
        ->type_name("N");
    query->add_option("--kernel", words.kernel, "the image, when it cannot be found by itself")
        ->type_name("FILE");
    query->add_flag("--salvage", words.salvage, "take what there is of a recording that stops too early");
    query->add_flag("--json", words.json, "print the answer as one line of JSON on stdout");
}

// The options of `run` that a topology obeys; what is for one machine stands in
// its file, and is not silently left out.
void refuse_what_is_for_one_machine(CLI::App const& run) {
    static constexpr std::array obeyed = {"--topology", "--patience", "--seed",  "--pcap",        "--record",
                                          "--embed",    "--fault",    "--limit", "--checkpoints", "--json"};
    for (CLI::Option const* const option : run.get_options()) {
        if (option->count() == 0) continue;
        std::string const name = option->get_name();
        if (std::find(obeyed.begin(), obeyed.end(), name) != obeyed.end()) continue;
        throw std::runtime_error(
            fmt::format("{} does not go together with --topology: what the machines run stands in its file; "
                        "besides there are {}",
                        name, fmt::join(std::span(obeyed).subspan(1), ", ")));
    }
}

}  // namespace

int main_program(int count, char const* const* words) {
    CLI::App app("Runs Vivarium's images in the simulator and in QEMU.", "viv");
    app.require_subcommand(1);
    RunWords run;
    ReplayWords again;
    add_run(app, run);
    add_replay(app, again);
    QueryWords question;
    add_query(app, question);
    DoctorWords patient;
    add_doctor(app, patient);
    BenchWords benched;
    add_bench(app, benched);
    ExportWords exported;
    add_export(app, exported);
    ExploreWords scenario;
    add_explore(app, scenario);
    CompareWords compared;
    add_compare(app, compared);
    RetryWords retried;
    add_retry(app, retried);
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
        if (app.got_subcommand("replay")) return replay(again);
        if (app.got_subcommand("query")) return query(question);
        if (app.got_subcommand("doctor")) return doctor(patient);
        if (app.got_subcommand("bench")) return bench(benched);
        if (app.got_subcommand("export")) return export_recording(exported);
        if (app.got_subcommand("explore")) return explore(scenario);
        if (app.got_subcommand("compare")) return compare(compared);
        if (app.got_subcommand("retry")) return retry(retried);
        if (!run.topology.empty()) {
            refuse_what_is_for_one_machine(*app.get_subcommand("run"));
            return run_topology(run);
        }
        RunOptions const options = check(run);
        switch (options.target) {
            case Target::qemu:
                return run_on_qemu(options);
            case Target::host:
                return run_on_host(options);
            case Target::simulator:
                break;
        }
        return run_on_simulator(options);
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_wrong_use;
    }
}

}  // namespace sim::cli
