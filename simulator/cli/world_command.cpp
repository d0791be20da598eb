// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/world_command.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "simulator/cli/go_to.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/cli/topology_command.hpp"
#include "simulator/cli/world_watch.hpp"
#include "simulator/explore/world_faults.hpp"
#include "simulator/recording/world_doctor.hpp"
#include "simulator/recording/world_replay.hpp"

namespace sim::cli {
namespace {

using nlohmann::json;

int verify(recording::WorldReplay const& replay, ReplayWords const& words) {
    recording::WorldVerdict verdict;
    {
        Progress progress;
        verdict = replay.verify([&](double part) { progress.show(part); }, &Interruption::requested);
    }
    if (verdict.interrupted) {
        say("interrupted");
        return status_interrupted;
    }
    if (words.json)
        print_line({{"file", words.file},
                    {"same", verdict.same},
                    {"hashes_equal", verdict.hashes},
                    {"last_equal_ns", verdict.last_equal_ns},
                    {"first_different_ns", verdict.first_different_ns},
                    {"components", verdict.parts},
                    {"hash", fmt::format("{:016x}", verdict.hash)},
                    {"text", verdict.text}});
    else if (verdict.same)
        fmt::print("{}\n", verdict.text);
    if (verdict.same) return status_right;
    say_error("{}", verdict.text);
    for (auto const& part : verdict.parts)
        if (replay.recording().members.contains(part))
            say("look closer: viv replay {} --verify", replay.member_path(part).string());
    return status_differs;
}

// The time that a place of a world names: it has no one count of instructions.
std::uint64_t time_of(std::string const& place, std::uint64_t end_ns) {
    debug::Destination const wanted = debug::destination_of(place);
    if (wanted.is_start()) return 0;
    if (wanted.is_end()) return end_ns;
    if (wanted.virtual_ns != UINT64_MAX) return std::min(wanted.virtual_ns, end_ns);
    throw std::runtime_error(
        fmt::format("{}: a world of several machines has times: want 12.5ms, start or end", place));
}

// Lived to that time, with the serial lines; then where everybody is.
int watch(recording::WorldReplay const& replay, std::uint64_t until_ns, ReplayWords const& words) {
    auto const world = replay.make();
    std::optional<WorldWatch> lines;
    if (!words.json) lines.emplace(*world);
    bool const whole = world->network().run_until(until_ns, &Interruption::requested);
    if (lines) lines->finish();
    if (!whole && Interruption::requested()) {
        say("interrupted");
        return status_interrupted;
    }
    int status = 0;
    json line = {{"file", words.file},
                 {"virtual_ns", world->network().now_ns()},
                 {"hash", fmt::format("{:016x}", world->network().hash())},
                 {"machines", json::object()}};
    for (auto const& member : world->members()) {
        std::string const& name = member.description.name;
        auto const end = ending_of(world->network().result_of(name));
        bool const over = end && member.machine->ended();
        if (over) status = std::max(status, end->status);
        std::string const at = to_string(member.machine->moment());
        line["machines"][name] = {{"moment", at}, {"ended", over}, {"status", over ? end->status : 0}};
        say("{} is at {}{}; look: viv open '{}@{}'", name, at, over ? " (" + end->text + ")" : "",
            replay.member_path(name).string(), at);
    }
    line["status"] = status;
    if (words.json) print_line(line);
    return status;
}

json to_json(recording::WorldDiagnosis const& diagnosis, std::string const& subject) {
    json result = {{"subject", subject},
                   {"same", diagnosis.same},
                   {"seed", diagnosis.seed},
                   {"end_ns", diagnosis.end_ns},
                   {"hash", fmt::format("{:016x}", diagnosis.hash)},
                   {"text", diagnosis.text},
                   {"rows", json::array()}};
    for (auto const& row : diagnosis.rows)
        result["rows"].push_back(
            {{"manner", to_string(row.manner)}, {"equal", row.equal}, {"same", row.same}});
    if (!diagnosis.same) {
        result["first_different_ns"] = diagnosis.first_different_ns;
        result["components"] = diagnosis.parts;
    }
    return result;
}

// A topology's world with nothing from outside: it is its own recording.
struct Fresh {
    explicit Fresh(std::string const& name) {
        TopologyFile const file = read_topology(name);
        options = {file.topology, recording::configs_of(file.topology, name), file.topology.seed, {}, false};
        recording::JoinedWorld world(options);
        WorldWatch watch(world);
        explore::WorldFaults const going_wrong(world, explore::parse_faults(file.topology.machine_faults),
                                               [](std::string const& text) { say("{}", text); });
        world.network().run_until(file.topology.until_ns,
                                  [&] { return watch.over() || Interruption::requested(); });
        watch.finish();
        end_ns = world.network().now_ns();
        log = world.network().log();
    }
    std::unique_ptr<recording::JoinedWorld> make(bool reversed) const {
        auto world =
            std::make_unique<recording::JoinedWorld>(reversed ? recording::reversed(options) : options);
        world->network().set_log(log);
        return world;
    }
    recording::WorldOptions options;
    links::WorldLog log;  // what went wrong inside of machines
    std::uint64_t end_ns = 0;
};

}  // namespace

int replay_world(ReplayWords const& words) {
    if (words.gdb || words.trace || !words.pcap.empty() || !words.kernel.empty() || words.salvage ||
        !words.stops.stops.empty() || words.stops.backwards)
        throw std::runtime_error(fmt::format(
            "{} is the recording of a world: --verify, --json and FILE@TIME go with it; for the rest take "
            "one machine's own recording beside it",
            words.file));
    auto const [file, place] = debug::split_place(words.file);
    recording::WorldReplay const replay(file);
    std::uint64_t const until_ns = time_of(place, replay.end_ns());
    Interruption const interruption;
    try {
        return words.verify ? verify(replay, words) : watch(replay, until_ns, words);
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_tool_failed;
    }
}

bool is_world(std::string const& subject) {
    return recording::is_world_file(subject) || subject.ends_with(".json");
}

int examine_world(DoctorWords const& words) {
    std::optional<recording::WorldReplay> replay;
    std::optional<Fresh> fresh;
    if (recording::is_world_file(words.subject))
        replay.emplace(words.subject);
    else
        fresh.emplace(words.subject);
    if (Interruption::requested()) throw recording::Interrupted();
    recording::WorldDiagnosis diagnosis;
    {
        Progress progress;
        recording::DoctorOptions options;
        options.seed = words.seed;
        options.samples = words.samples;
        options.progress = [&](std::string const& what, double part) { progress.show(what, part); };
        options.cancelled = &Interruption::requested;
        diagnosis = recording::examine_world(
            [&](bool reversed) { return replay ? replay->make(reversed) : fresh->make(reversed); },
            replay ? replay->end_ns() : fresh->end_ns, options);
    }
    if (words.json) {
        print_line(to_json(diagnosis, words.subject));
    } else {
        for (auto const& row : diagnosis.rows)
            fmt::print("{:<50} {:>4} times equal{}\n", to_string(row.manner), row.equal,
                       row.same ? "" : "   DIFFERS");
        fmt::print("{}{}\n", diagnosis.text,
                   diagnosis.same ? fmt::format("; hash {:016x}", diagnosis.hash) : "");
    }
    return diagnosis.same ? status_right : status_differs;
}

}  // namespace sim::cli
