// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/speed.hpp"

#include <fmt/format.h>
#include <time.h>

#include <map>
#include <stdexcept>

#include "simulator/bench/program.hpp"
#include "simulator/board/pc.hpp"
#include "simulator/engine/uncounted.hpp"
#include "simulator/recording/images.hpp"

namespace sim::bench {
namespace {

// What a run cost, in processor seconds, and how much was done.
struct Cost {
    double seconds = 0;
    double instructions = 0;
    Cost operator-(Cost const& other) const {
        return {seconds - other.seconds, instructions - other.instructions};
    }
};

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The simulator's modes.
enum class Mode { uncounted, counting, checkpoints, observer, code, memory, each };
constexpr Mode modes[] = {Mode::uncounted, Mode::counting, Mode::checkpoints, Mode::observer,
                          Mode::code,      Mode::memory,   Mode::each};

char const* name_of(Mode mode) {
    switch (mode) {
        case Mode::uncounted:
            return "simulator, nobody counting";
        case Mode::counting:
            return "simulator, exact counting";
        case Mode::checkpoints:
            return "simulator, and a checkpoint every 1 M instructions";
        case Mode::observer:
            return "simulator, and an observer of interrupts";
        case Mode::code:
            return "simulator, and a watched address";
        case Mode::memory:
            return "simulator, and watched memory";
        case Mode::each:
            return "simulator, and each instruction told";
    }
    return "?";
}

struct Stopped {};

void go_on(Progress const& progress) {
    if (!progress("")) throw Stopped{};
}

// To its end, in pieces of a tenth of a second or so: in between somebody may want no more.
machine::RunResult run_all(machine::Machine& machine, Progress const& progress) {
    constexpr std::uint64_t piece = 50'000'000;
    for (;;) {
        go_on(progress);
        machine::RunResult const result = machine.run({.moment = {machine.moment().retired + piece, 0}});
        if (result.stop != machine::RunStop::reached) return result;
    }
}

Cost run_simulator(machine::Blob const& image, std::uint64_t rounds, Mode mode, Progress const& progress) {
    machine::MachineConfig config;
    config.image = image;
    config.command_line = fmt::format("rounds={}", rounds);
    auto const machine = board::make_pc(config);
    machine->set_checkpoint_interval(mode == Mode::checkpoints ? 1'000'000 : 0);
    engine::Observer observer;
    engine::Cpu& cpu = machine->cpu();
    if (mode >= Mode::observer) cpu.set_observer(&observer);
    // Places that are never touched: what is measured is the watching, not the stops.
    engine::VirtAddr const address[] = {0xFFFF'FFFF'8000'0010};
    engine::Cpu::MemoryRange const range[] = {{0x6000, 64, true, true}};
    if (mode == Mode::code) cpu.set_watched_addresses(address);
    if (mode == Mode::memory) cpu.set_watched_memory(range);
    cpu.set_trace(mode == Mode::each);
    double const before = thread_seconds();
    machine::RunResult const result = run_all(*machine, progress);
    double const seconds = thread_seconds() - before;
    if (result.stop != machine::RunStop::exited || result.status != 0)
        throw std::runtime_error("the bench image did not end with status 0 in the simulator");
    return {seconds, static_cast<double>(machine->moment().retired)};
}

// From the `start`th instruction, in the middle of the rounds, to their end. What
// the exact count of that is, a counted run has told.
Cost run_uncounted(machine::Blob const& image, std::uint64_t rounds, std::uint64_t start,
                   double instructions) {
    machine::MachineConfig config;
    config.image = image;
    config.command_line = fmt::format("rounds={}", rounds);
    auto const machine = board::make_pc(config);
    machine->set_checkpoint_interval(0);
    machine->run({.moment = {start, 0}});
    double const before = thread_seconds();
    engine::run_uncounted(machine->memory().regions(), machine->cpu().state());
    return {thread_seconds() - before, instructions};
}

std::vector<std::string> qemu_words(std::filesystem::path const& image, std::uint64_t rounds, bool icount) {
    std::vector<std::string> words = {"qemu-system-x86_64",
                                      "-nodefaults",
                                      "-no-user-config",
                                      "-no-reboot",
                                      "-display",
                                      "none",
                                      "-machine",
                                      "q35,accel=tcg",
                                      "-m",
                                      "64M",
                                      "-kernel",
                                      image.string(),
                                      "-append",
                                      fmt::format("rounds={}", rounds),
                                      "-serial",
                                      "null",
                                      "-device",
                                      "isa-debug-exit,iobase=0xf4,iosize=4"};
    if (icount) words.insert(words.end(), {"-icount", "shift=0"});
    return words;
}

double run_qemu(std::filesystem::path const& image, std::uint64_t rounds, bool icount) {
    return run_program(qemu_words(image, rounds, icount), 1);  // status 0 arrives as 0 * 2 + 1
}

double run_http(std::filesystem::path const& program, unsigned requests, char const* target) {
    return run_program({program.string(), "run", "http", "--on", target, "--self-request", "--exit-after",
                        std::to_string(requests)},
                       0);
}

Speeds measure(SpeedOptions const& options, Progress const& progress) {
    machine::Blob const image = recording::read_blob(options.bench_image);
    // How much a round is.
    constexpr std::uint64_t few = 5;
    Cost const short_run = run_simulator(image, few, Mode::counting, progress);
    double const a_round =
        (run_simulator(image, 2 * few, Mode::counting, progress) - short_run).instructions / static_cast<double>(few);
    std::uint64_t const many =
        few + static_cast<std::uint64_t>(static_cast<double>(options.instructions) / a_round);
    // Telling each instruction is so slow that a sixteenth will do.
    auto const rounds_of = [](Mode mode, std::uint64_t rounds) {
        return mode == Mode::each ? few + (rounds - few) / 16 + 1 : rounds;
    };
    double const million = a_round * static_cast<double>(many - few) / 1e6;

    std::map<Mode, std::vector<double>> simulator;
    std::vector<double> plain, icount, checkpoints_ratio, counting_ratio, uncounted_ratio, http_ratio;
    std::string const long_run =
        fmt::format("{} million instructions of kernel/apps/bench", static_cast<long>(million));
    for (unsigned i = 0; i < options.repeats; ++i) {
        if (!progress(fmt::format("speed, {} of {}", i + 1, options.repeats))) throw Stopped{};
        std::map<Mode, double> now;
        for (Mode const mode : modes) {
            go_on(progress);
            Cost const cost =
                mode == Mode::uncounted
                    ? run_uncounted(image, many, static_cast<std::uint64_t>(short_run.instructions),
                                    million * 1e6)
                    : run_simulator(image, rounds_of(mode, many), mode, progress) -
                          run_simulator(image, few, mode, progress);
            now[mode] = cost.instructions / cost.seconds / 1e6;
            simulator[mode].push_back(now[mode]);
            // QEMU between the modes that are compared with it.
            if (mode == Mode::counting)
                plain.push_back(million / (run_qemu(options.bench_image, many, false) -
                                           run_qemu(options.bench_image, few, false)));
            if (mode == Mode::checkpoints)
                icount.push_back(million / (run_qemu(options.bench_image, many, true) -
                                            run_qemu(options.bench_image, few, true)));
        }
        uncounted_ratio.push_back(now[Mode::uncounted] / plain.back());
        counting_ratio.push_back(now[Mode::counting] / plain.back());
        checkpoints_ratio.push_back(now[Mode::checkpoints] / icount.back());
        go_on(progress);
        unsigned const fewer = options.requests / 8 + 1;
        double const ours =
            run_http(options.program, options.requests, "sim") - run_http(options.program, fewer, "sim");
        double const theirs =
            run_http(options.program, options.requests, "qemu") - run_http(options.program, fewer, "qemu");
        http_ratio.push_back(theirs / ours);
    }
    Speeds speeds;
    for (Mode const mode : modes)
        speeds.mips.push_back(summary("", name_of(mode), "MIPS", simulator[mode], long_run));
    auto const command = [&](bool counted) {
        return fmt::format("{}", fmt::join(qemu_words(options.bench_image.filename(), many, counted), " "));
    };
    speeds.mips.push_back(summary("", "QEMU TCG", "MIPS", plain, command(false)));
    speeds.mips.push_back(summary("", "QEMU TCG -icount shift=0", "MIPS", icount, command(true)));
    speeds.ratios.push_back(summary("sim.counting_against_icount", "counting and checkpoints / QEMU -icount",
                                    "", checkpoints_ratio, long_run));
    speeds.ratios.push_back(
        summary("sim.uncounted_against_tcg", "nobody counting / plain QEMU", "", uncounted_ratio, long_run));
    speeds.ratios.push_back(
        summary("sim.counting_against_tcg", "counting / plain QEMU", "", counting_ratio, long_run));
    speeds.ratios.push_back(summary("sim.http_against_tcg",
                                    "HTTP requests / plain QEMU, over the same uplink", "", http_ratio,
                                    fmt::format("{} keep-alive requests", options.requests)));
    return speeds;
}

}  // namespace

Speeds measure_speed(SpeedOptions const& options, Progress const& progress) {
    try {
        return measure(options, progress);
    } catch (Stopped const&) {
        return {};
    }
}

}  // namespace sim::bench
