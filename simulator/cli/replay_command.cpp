// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/replay_command.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "simulator/cli/console.hpp"
#include "simulator/cli/ending.hpp"
#include "simulator/cli/gdb_service.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/cli/tracer.hpp"
#include "simulator/cli/world_command.hpp"
#include "simulator/debug/place.hpp"
#include "simulator/debug/running_thread.hpp"
#include "simulator/recording/capture.hpp"
#include "simulator/recording/replay.hpp"
#include "simulator/recording/world_file.hpp"

namespace sim::cli {
namespace {

using nlohmann::json;

// The very instruction, if some manner of living the recorded life shows it.
std::optional<recording::Diagnosis> look_closer(recording::Replay const& replay,
                                                recording::Verdict const& verdict) {
    recording::DoctorOptions options;
    options.samples = 16;
    options.cancelled = &Interruption::requested;
    Progress progress;
    options.progress = [&](std::string const&, double part) { progress.show(part); };
    try {
        recording::Diagnosis diagnosis = replay.explain(verdict, options);
        if (diagnosis.same) return std::nullopt;
        return diagnosis;
    } catch (recording::Interrupted const&) {
        return std::nullopt;
    }
}

int verify(recording::Replay& replay, ReplayWords const& words) {
    recording::Verdict verdict;
    {
        Progress progress;
        verdict = replay.verify([&](double part) { progress.show(part); });
    }
    std::optional<recording::Diagnosis> closer;
    if (!verdict.same && !verdict.interrupted) closer = look_closer(replay, verdict);
    if (verdict.interrupted) {
        say("interrupted");
        return status_interrupted;
    }
    if (words.json) {
        json line = {{"file", words.file},
                     {"same", verdict.same},
                     {"hashes_equal", verdict.hashes},
                     {"last_equal", to_string(verdict.last_equal)},
                     {"hash", fmt::format("{:016x}", verdict.hash)},
                     {"text", verdict.text}};
        if (!verdict.same) {
            line["first_different"] = to_string(verdict.first_different);
            line["components"] = verdict.components;
            line["registers_equal"] = to_string(verdict.registers_equal);
            if (closer) line["doctor"] = closer->text;
        }
        print_line(line);
    } else if (verdict.same) {
        fmt::print("{}\n", verdict.text);
    }
    if (!verdict.same) say_error("{}", verdict.text);
    if (closer)
        say("found by the doctor: {}", closer->text);
    else if (!verdict.same)
        say("the doctor lives it in the same way in every manner: this engine agrees with itself, not with "
            "the "
            "recording");
    return verdict.same ? status_right : status_differs;
}

// The guest's life again, with its serial line, and its status.
int watch(recording::Replay& replay, ReplayWords const& words) {
    machine::Machine& machine = replay.machine();
    Console console(machine);
    machine::RunResult result = replay.run_to_end();
    console.flush();
    if (result.stop == machine::RunStop::interrupted || Interruption::requested()) return status_interrupted;
    if (auto const& ended = machine.ended()) result = *ended;
    if (result.stop == machine::RunStop::end_of_log) result = {};
    auto const end = ending_of(result).value_or(GuestEnding{status_right, "the recording ends here", false});
    say("{} (moment {})", end.text, to_string(machine.moment()));
    if (words.json)
        print_line({{"file", words.file},
                    {"status", end.status},
                    {"ending", end.text},
                    {"moment", to_string(machine.moment())}});
    return end.status;
}

}  // namespace

int replay(ReplayWords words) {
    if (recording::is_world_file(debug::split_place(words.file).file)) return replay_world(words);
    if (!words.stops.stops.empty()) {
        auto const [file, place] = debug::split_place(words.file);
        words.stops.from = place;
        words.file = file;
        words.stops.json = words.json;
        if (words.gdb || words.verify || words.trace || !words.pcap.empty())
            throw std::runtime_error(
                "stops do not go with --gdb, --verify, --trace or --pcap: run it once for each");
    } else if (words.stops.backwards) {
        throw std::runtime_error("--backwards wants a stop: --break, --watch or --when");
    }
    if (words.gdb && (words.verify || words.trace || !words.pcap.empty()))
        throw std::runtime_error("--gdb does not go with --verify, --trace or --pcap: run it once for each");
    recording::ReplayOptions options;
    options.image = words.kernel;
    options.tolerance = words.salvage ? recording::Tolerance::salvage : recording::Tolerance::whole;
    recording::Replay replay(words.file, options);
    if (!replay.recording().complete)
        say("{} is not complete; it is run until {}", words.file, to_string(replay.recording().end.at));
    machine::Machine& machine = replay.machine();
    if (words.gdb) {
        std::string ending;
        int const status =
            serve_gdb(machine, {.port = *words.gdb, .image = replay.recording().config.image.name}, ending);
        say("{}", ending);
        return status;
    }
    if (!words.stops.stops.empty()) return run_to_stops(replay, words.file, words.stops);
    machine.set_checkpoint_interval(0);
    std::optional<Tracer> tracer;
    if (words.trace) tracer.emplace(machine);
    std::optional<recording::CaptureObserver> capture;
    if (!words.pcap.empty()) capture.emplace(machine, words.pcap, debug::running_thread());
    Interruption interruption;
    interruption.also_interrupt(machine);
    try {
        return words.verify ? verify(replay, words) : watch(replay, words);
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_tool_failed;
    }
}

}  // namespace sim::cli
