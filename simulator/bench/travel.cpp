// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/travel.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <time.h>

#include <random>
#include <stdexcept>

#include "simulator/board/pc.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/links/self_request.hpp"
#include "simulator/machine/world.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/live.hpp"

namespace sim::bench {
namespace {

namespace fs = std::filesystem;

double milliseconds(std::function<void()> const& work) {
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    work();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
           static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e6;
}

std::unique_ptr<machine::Machine> make(fs::path const& image, std::string command_line) {
    machine::MachineConfig config;
    config.image = recording::read_blob(image);
    config.command_line = std::move(command_line);
    return board::make_pc(config);
}

// One step back from moments anywhere in a long run.
void reverse_steps(TravelOptions const& options, Progress const& progress, std::vector<Measurement>& into) {
    auto const machine = make(options.bench_image, "rounds=1000000000");
    while (machine->virtual_ns() < options.virtual_ns) {
        if (!progress(fmt::format("running {:.1f} of {:.1f} s to step back in",
                                  static_cast<double>(machine->virtual_ns()) / 1e9,
                                  static_cast<double>(options.virtual_ns) / 1e9)))
            return;
        machine->run({.virtual_ns = std::min(options.virtual_ns, machine->virtual_ns() + 500'000'000)});
    }
    std::mt19937_64 random(options.seed);
    std::uint64_t const end = machine->moment().retired;
    std::vector<double> costs;
    for (unsigned i = 0; i < options.steps; ++i) {
        machine::Moment const from{end / 1000 + random() % (end - end / 1000), 0};
        machine->seek(from);
        machine::Moment const before{from.retired - 1, 0};
        costs.push_back(milliseconds([&] { machine->seek(before); }));
        if (machine->moment() != before) throw std::runtime_error("a reverse step did not arrive");
    }
    std::string const how =
        fmt::format("{} steps, seed {}, {} checkpoints of {} MiB in all", options.steps, options.seed,
                    machine->checkpoints().moments().size(), machine->checkpoints().bytes() >> 20);
    into.push_back(summary("sim.reverse_step_median", "one reverse step, median", "ms", costs, how));
    Measurement worst = into.back();
    worst.id = "sim.reverse_step_worst";
    worst.what = "one reverse step, at worst";
    worst.value = worst.high;
    into.push_back(worst);
}

// Out of the current function, backwards: to where it was called.
void steps_out(TravelOptions const& options, Progress const& progress, std::vector<Measurement>& into) {
    if (!progress("stepping back out of functions")) return;
    machine::MachineConfig config;
    config.image = recording::read_blob(options.bench_image);
    config.command_line = "rounds=1000000000";
    debug::Subject subject;
    subject.world = std::make_unique<machine::World>();
    subject.world->add(board::make_pc(config));
    debug::Session session(std::move(subject));
    std::uint64_t const end = options.steps_out_in;
    session.perform(debug::RunUntil{{end, 0}});
    std::mt19937_64 random(options.seed);
    std::vector<double> costs;
    for (unsigned i = 0; i < options.steps; ++i) {
        session.perform(debug::SeekTo{{end / 20 + random() % (end - end / 20), 0}});
        debug::Command const out = debug::Step{debug::StepUnit::function, debug::Direction::backward, 1};
        costs.push_back(milliseconds([&] { session.perform(out); }));
        if (!progress("")) return;
    }
    std::string const how = fmt::format("{} steps, seed {}, in a run of {} M instructions", options.steps,
                                        options.seed, end / 1'000'000);
    into.push_back(
        summary("sim.step_out_median", "one step back out of a function, median", "ms", costs, how));
    Measurement worst = into.back();
    worst.id = "sim.step_out_worst";
    worst.what = "one step back out of a function, at worst";
    worst.value = worst.high;
    into.push_back(worst);
}

void checkpoints(TravelOptions const& options, Progress const& progress, std::vector<Measurement>& into) {
    if (!progress("taking checkpoints")) return;
    auto const machine = make(options.bench_image, "rounds=1000000000");
    machine->set_checkpoint_interval(0);
    machine->run({.moment = {5'000'000, 0}});
    machine->checkpoint();
    std::vector<double> costs;
    for (int i = 0; i < 200; ++i) {
        machine->run({.moment = {machine->moment().retired + 10'000, 0}});
        costs.push_back(milliseconds([&] { machine->checkpoint(); }));
    }
    into.push_back(summary("sim.checkpoint", "one checkpoint, 64 MiB guest", "ms", costs,
                           "200 checkpoints, 10,000 instructions apart"));
}

void recording_size(TravelOptions const& options, Progress const& progress, std::vector<Measurement>& into) {
    if (!progress(fmt::format("recording {} requests", options.requests))) return;
    std::string folder = fs::temp_directory_path() / "viv-bench-XXXXXX";
    if (!mkdtemp(folder.data())) throw std::runtime_error("no temporary folder can be made");
    struct Remove {
        fs::path path;
        ~Remove() {
            std::error_code ignored;
            fs::remove_all(path, ignored);
        }
    } const remove{folder};
    recording::LiveOptions wanted;
    wanted.config.image = recording::read_blob(options.http_image);
    wanted.config.command_line = fmt::format("exit-after={}", options.requests);
    wanted.uplink = true;
    wanted.forwards = {{0, 80}};
    wanted.record = fs::path(folder) / "http.run";
    {
        recording::Live live(wanted);
        live.machine().set_checkpoint_interval(0);
        links::SelfRequest visitor(live.forwards()[0].host_port, options.requests);
        while (!live.machine().ended()) {
            live.machine().run({.moment = {live.machine().moment().retired + 5'000'000, 0}});
            live.after_slice();
            if (visitor.done() && !visitor.problem().empty()) throw std::runtime_error(visitor.problem());
            if (!progress("")) return;
        }
        live.finish();
    }
    into.push_back(summary(
        "sim.recording_of_1000_requests", fmt::format("recording of {} requests", options.requests), "bytes",
        {static_cast<double>(fs::file_size(wanted.record))}, "live, over the uplink, without the image"));
}

}  // namespace

std::vector<Measurement> measure_travel(TravelOptions const& options, Progress const& progress) {
    std::vector<Measurement> result;
    checkpoints(options, progress, result);
    recording_size(options, progress, result);
    reverse_steps(options, progress, result);
    steps_out(options, progress, result);
    return result;
}

}  // namespace sim::bench
