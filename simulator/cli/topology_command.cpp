// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/topology_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "simulator/board/disk_file.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/cli/world_watch.hpp"
#include "simulator/debug/running_thread.hpp"
#include "simulator/explore/world_faults.hpp"
#include "simulator/recording/joined_world.hpp"
#include "simulator/recording/world_capture.hpp"

namespace sim::cli {
namespace {

constexpr std::size_t longest_file = 1 << 20;

// `of_machines` gets those of the command line.
recording::WorldOptions options_of(RunWords const& words, TopologyFile const& file,
                                   std::vector<links::MachineFault>& of_machines) {
    recording::WorldOptions options{file.topology, {}, words.seed.value_or(file.topology.seed), {}, true};
    for (auto const& text : words.faults) {
        try {
            links::add_fault(file.topology, text, options.faults, of_machines);
        } catch (std::runtime_error const& error) {
            throw std::runtime_error(fmt::format("--fault: {}", error.what()));
        }
    }
    options.configs = recording::configs_of(file.topology, words.topology);
    return options;
}

std::uint64_t until_of(RunWords const& words, links::Topology const& topology) {
    if (words.limit.empty()) return topology.until_ns;
    auto const limit = machine::parse_duration(words.limit);
    if (!limit || *limit == 0)
        throw std::runtime_error(
            fmt::format("--limit {}: a world of several machines has no one count of instructions; want a "
                        "virtual time such as 5s",
                        words.limit));
    return std::min(topology.until_ns, *limit);
}

nlohmann::json to_json(links::Network& network, int status) {
    nlohmann::json line = {{"status", status},
                           {"virtual_ns", network.now_ns()},
                           {"hash", fmt::format("{:016x}", network.hash())},
                           {"machines", nlohmann::json::object()},
                           {"lanes", nlohmann::json::object()}};
    for (auto const& lane : network.statistics())
        line["lanes"][lane.name] = {{"sent", lane.sent}, {"lost", lane.lost}};
    return line;
}

// What guests have written, for those disks that say so.
void write_back_disks(recording::JoinedWorld& world) {
    for (auto& member : world.members())
        for (unsigned i = 0; i < member.description.disks.size(); ++i) {
            board::DiskFile const disk = board::parse_disk_file(member.description.disks[i]);
            if (disk.write_back) board::write_back(*member.machine, i, disk.path);
        }
}

// The machines' ends, for people; into the JSON line, too.
void tell(std::vector<WorldWatch::Member> const& members, nlohmann::json& line) {
    for (auto const& member : members) {
        if (member.ending && member.ending->status != 0) say("{}: {}", member.name, member.ending->text);
        for (auto const& text : member.bad.lines) say("  {}", text);
        auto& json = line["machines"][member.name];
        json["ended"] = member.ending.has_value();
        json["status"] = member.ending ? member.ending->status : 0;
        if (member.ending) json["ending"] = member.ending->text;
        if (!member.recording.empty()) json["recording"] = member.recording;
        if (!member.bad.reason.empty())
            json["diagnosis"] = {{"reason", member.bad.reason},
                                 {"first_bad", member.bad.first_bad},
                                 {"where", member.bad.where},
                                 {"last_good", member.bad.last_good}};
    }
}

}  // namespace

TopologyFile read_topology(std::string const& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("cannot read {}; check its name", name));
    std::string text(longest_file + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > longest_file)
        throw std::runtime_error(fmt::format("{}: is larger than 1 MiB, which no topology is", name));
    auto topology = links::parse_topology(name, text);
    return {std::move(text), std::move(topology)};
}

int run_topology(RunWords const& words) {
    if (words.embed && words.record.empty())
        throw std::runtime_error("--embed puts the images into recordings: add --record FILE");
    if (words.checkpoints && words.record.empty())
        throw std::runtime_error("--checkpoints go into recordings: add --record FILE");
    TopologyFile const file = read_topology(words.topology);
    std::uint64_t const until_ns = until_of(words, file.topology);
    std::vector<links::MachineFault> of_machines = file.topology.machine_faults;
    recording::WorldOptions const options = options_of(words, file, of_machines);
    explore::FaultsOf const faults = explore::parse_faults(of_machines);
    recording::JoinedWorld world(options);
    links::Network& network = world.network();
    std::optional<recording::WorldCapture> capture;
    if (!words.pcap.empty()) capture.emplace(world, file.topology, words.pcap, debug::running_thread());
    std::optional<recording::WorldRecorder> recorder;
    if (!words.record.empty()) {
        recording::WorldRecording manifest;
        manifest.topology = file.text;
        manifest.seed = options.seed;
        for (auto const& fault : options.faults) manifest.faults.push_back(to_string(fault));
        recorder.emplace(words.record, world, std::move(manifest), words.embed, words.checkpoints);
    }
    Interruption interruption;
    for (auto& member : world.members()) interruption.also_interrupt(*member.machine);
    for (auto const& forward : world.forwards())
        say("127.0.0.1:{} leads to port {} of {}.{}.{}.{}{}", forward.host_port, forward.guest_port,
            forward.guest >> 24, forward.guest >> 16 & 255, forward.guest >> 8 & 255, forward.guest & 255,
            forward.udp ? ", by UDP" : "");

    // From here on the guests run.
    explore::SpinBounds bounds = spin_bounds(words.patience);
    bounds.host = !file.topology.uplinks.empty();
    WorldWatch watch(world, bounds);
    std::optional<explore::WorldFaults> going_wrong;
    try {
        going_wrong.emplace(world, faults, [](std::string const& text) { say("{}", text); });
        bool const reached = network.run_until(until_ns, [&] {
            if (recorder) recorder->update();
            return watch.over() || Interruption::requested();
        });
        if (reached) watch.time_is_up();
        watch.finish();
        if (recorder) recorder->finish();
        going_wrong.reset();
        write_back_disks(world);
        nlohmann::json line = to_json(network, 0);
        for (auto const& member : world.members())
            line["machines"][member.description.name]["moment"] = to_string(member.machine->moment());
        auto const members = watch.explain([&](std::string const& name) {
            return words.record.empty() ? "" : recording::member_file(words.record, name).string();
        });
        int status = 0;
        for (auto const& member : members)
            if (member.ending) status = std::max(status, member.ending->status);
        if (Interruption::requested()) status = status_interrupted;
        if (reached) {
            say("the time that {} gives is over", words.limit.empty() ? words.topology : "--limit");
            status = std::max<int>(status, status_limit);
        }
        tell(members, line);
        if (recorder && recorder->full_at_ns())
            say("the recording was completed at {:.6f} s: it is as large as one may be",
                static_cast<double>(*recorder->full_at_ns()) / 1e9);
        if (recorder) say("recorded in {0}; run it again with: viv replay {0} --verify", words.record);
        line["status"] = status;
        if (words.json) {
            print_line(line);
            std::fflush(stdout);
        }
        return status;
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_tool_failed;
    }
}

}  // namespace sim::cli
