// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/bench_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "simulator/bench/figures.hpp"
#include "simulator/bench/speed.hpp"
#include "simulator/bench/travel.hpp"
#include "simulator/cli/bench_kernel.hpp"
#include "simulator/cli/bench_net.hpp"
#include "simulator/cli/bench_request.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/recording/images.hpp"

namespace sim::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string show(double value, std::string const& unit) {
    if (unit == "bytes") return fmt::format("{:.0f} KiB", value / 1024);
    if (unit == "MIPS") return fmt::format("{:.0f} MIPS", value);
    return unit.empty() ? fmt::format("{:.2f}", value) : fmt::format("{:.3f} {}", value, unit);
}

void print(bench::Measurement const& one) {
    fmt::print("{:<62} {:>12}   {} to {}\n", one.what, show(one.value, one.unit), show(one.low, one.unit),
               show(one.high, one.unit));
}

std::string wanted(bench::Figure const& figure) {
    std::string text =
        figure.least ? ">= " + show(*figure.least, figure.unit) : "<= " + show(*figure.most, figure.unit);
    if (figure.goal) text += ", wanted " + show(*figure.goal, figure.unit);
    return text;
}

json to_json(bench::Measurement const& one) {
    return {{"id", one.id},   {"what", one.what}, {"unit", one.unit}, {"median", one.value},
            {"low", one.low}, {"high", one.high}, {"how", one.how}};
}

}  // namespace

fs::path figures_file(BenchWords const& words) {
    if (!words.figures.empty()) return words.figures;
    char const* const root = std::getenv("VIV_ROOT");
    return fs::path(root ? root : ".") / "tests/bench/figures.json";
}

void add_bench(CLI::App& app, BenchWords& words) {
    auto* command = app.add_subcommand(
        "bench",
        "Measure, and compare with what shall be reached. Times want a machine that does nothing else.");
    command
        ->add_option("NAME", words.name,
                     "sim: the simulator against QEMU, going back, recordings, in processor time; kernel: "
                     "what the kernel costs, in instructions; request: where those of a web request go; "
                     "net: our servers beside those of Linux in the same QEMU, as root; ui: a frame of the "
                     "window, see ./viv bench ui --help")
        ->capture_default_str();
    auto* const check =
        command->add_flag("--check", words.check, "exit 1 when a figure is missed, and name it");
    command->add_option("--repeats", words.repeats, "of each pair")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1u, 100u).description(""));
    command
        ->add_flag("--quick", words.quick,
                   "a tenth of the work: a first impression that reaches no figure; not with --check")
        ->excludes(check);
    command->add_option("--figures", words.figures, "the list of figures")->type_name("FILE");
    command->add_option("--costs", words.costs, "of kernel: the page that --check looks in and --write makes")
        ->type_name("FILE");
    command->add_flag("--write", words.write, "of kernel: make docs/reference/costs.md anew");
    command->add_option("--path", words.path, "of request: what is asked for")->capture_default_str();
    command->add_flag("--json", words.json, "print all of it as one line of JSON on stdout");
}

int bench(BenchWords const& words) {
    if (words.name == "kernel") return bench_kernel(words);
    if (words.name == "request") return bench_request(words);
    if (words.name == "net") return bench_net(words);
    if (words.name != "sim")
        throw std::runtime_error(
            fmt::format("no bench is called {}; there are sim, kernel, request, net and ui", words.name));
    if (words.write || !words.costs.empty())
        throw std::runtime_error("--write and --costs belong to: viv bench kernel");
    auto const figures = bench::read_figures(figures_file(words));
    Interruption const interruption;
    bool const terminal = isatty(STDERR_FILENO);
    bench::Progress const progress = [&](std::string const& what) {
        if (!what.empty() && terminal) fmt::print(stderr, "\r\x1b[Kviv: {}", what);
        return !Interruption::requested();
    };
    bench::SpeedOptions speed;
    speed.bench_image = recording::image_of("bench");
    speed.program = fs::read_symlink("/proc/self/exe");
    speed.repeats = words.repeats;
    bench::TravelOptions travel;
    travel.bench_image = speed.bench_image;
    travel.http_image = recording::image_of("http");
    if (words.quick) {
        speed.instructions /= 10;
        speed.requests /= 4;
        travel.virtual_ns /= 10;
    }
    bench::Speeds speeds;
    std::vector<bench::Measurement> measured;
    try {
        speeds = bench::measure_speed(speed, progress);
        measured = speeds.ratios;
        for (auto& one : bench::measure_travel(travel, progress)) measured.push_back(std::move(one));
    } catch (std::runtime_error const&) {
        // A terminal's Ctrl-C ends the QEMU that is measured, too.
        if (!Interruption::requested()) throw;
    }
    if (terminal) fmt::print(stderr, "\r\x1b[K");
    if (Interruption::requested()) {
        say("interrupted");
        return status_interrupted;
    }
    auto const judged = bench::judge(figures, words.name, measured);
    std::vector<std::string> missed;
    for (auto const& one : judged)
        if (!one.reached)
            missed.push_back(
                fmt::format("{}: {} ({})", one.figure.what,
                            one.measured ? show(one.measured->value, one.figure.unit) : "not measured",
                            wanted(one.figure)));
    if (words.json) {
        json line = {{"bench", words.name},       {"quick", words.quick},     {"mips", json::array()},
                     {"measured", json::array()}, {"figures", json::array()}, {"missed", missed}};
        for (auto const& one : speeds.mips) line["mips"].push_back(to_json(one));
        for (auto const& one : measured) line["measured"].push_back(to_json(one));
        for (auto const& one : judged)
            line["figures"].push_back(
                {{"id", one.figure.id}, {"wanted", wanted(one.figure)}, {"reached", one.reached}});
        fmt::print("{}\n", line.dump());
    } else {
        for (auto const& one : speeds.mips) print(one);
        for (auto const& one : measured) print(one);
        fmt::print("\n");
        for (auto const& one : judged)
            fmt::print("{}  {}: {} ({})\n", one.reached ? "reached" : "MISSED ", one.figure.what,
                       one.measured ? show(one.measured->value, one.figure.unit) : "not measured",
                       wanted(one.figure));
        // QEMU's two are the last.
        if (speeds.mips.size() >= 2)
            fmt::print("\n{}\n{}\n", speeds.mips.rbegin()[1].how, speeds.mips.back().how);
    }
    if (!words.check) return status_right;
    for (auto const& line : missed) say_error("missed: {}", line);
    return missed.empty() ? status_right : status_differs;
}

}  // namespace sim::cli
