// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/tour_machine.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "simulator/links/network.hpp"
#include "simulator/links/topology.hpp"
#include "simulator/machine/odometer.hpp"
#include "simulator/recording/first_difference.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/joined_world.hpp"
#include "simulator/recording/live.hpp"
#include "simulator/recording/recorder.hpp"
#include "simulator/recording/sha256.hpp"

namespace viz::app {

namespace fs = std::filesystem;
namespace links = sim::links;
namespace recording = sim::recording;
using sim::machine::Machine;
using sim::machine::RunStop;

namespace {

constexpr std::uint64_t chunk = 2'000'000;           // instructions between looks at Ctrl-C
constexpr std::uint64_t afterwards_ns = 20'000'000;  // of the machine's life when its peer is done

bool is_over(RunStop stop) {
    return stop == RunStop::exited || stop == RunStop::shutdown || stop == RunStop::halted;
}

std::string image_hash(std::string const& application) {
    return recording::read_blob(recording::image_of(application)).sha256;
}

// Everything that the life follows from.
std::string key_of(model::TourMachine const& m) {
    std::string text =
        fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", recording::engine_version, m.application, m.append,
                    m.memory_mib, m.seed, m.link, m.until_ns, image_hash(m.application));
    for (auto const& p : m.peer)
        text += fmt::format("|{}|{}|{}", p.application, p.append, image_hash(p.application));
    for (auto const& fault : m.faults) text += "|" + fault;
    std::vector<std::uint8_t> const bytes(text.begin(), text.end());
    return recording::sha256(bytes).substr(0, 16);
}

void give_up_if(std::function<bool()> const& cancelled) {
    if (cancelled && cancelled()) throw recording::Interrupted();
}

void live_alone(model::TourMachine const& m, fs::path const& file, std::function<bool()> const& cancelled) {
    recording::LiveOptions options;
    options.config.image = recording::read_blob(recording::image_of(m.application));
    options.config.command_line = m.append;
    options.config.memory_bytes = m.memory_mib << 20;
    options.config.seed = m.seed;
    options.record = file;
    recording::Live live(options);
    Machine& machine = live.machine();
    machine.set_checkpoint_interval(0);
    while (machine.virtual_ns() < m.until_ns) {
        std::uint64_t const target = machine.moment().retired + chunk;
        auto const result = machine.run({.moment = {target, 0}, .virtual_ns = m.until_ns});
        live.after_slice();
        give_up_if(cancelled);
        // Or asleep until later than wanted.
        if (is_over(result.stop) || machine.moment().retired < target) break;
    }
    live.finish();
}

links::Topology topology_of(model::TourMachine const& m) {
    nlohmann::json const json = {{"seed", m.seed},
                                 {"machines",
                                  {{{"name", "machine"},
                                    {"app", m.application},
                                    {"append", m.append},
                                    {"memory", fmt::format("{}M", m.memory_mib)},
                                    {"seed", m.seed}},
                                   {{"name", "peer"},
                                    {"app", m.peer[0].application},
                                    {"append", m.peer[0].append},
                                    {"seed", m.seed}}}},
                                 {"links", {{{"name", "cable"}, {"between", {"machine", "peer"}}}}},
                                 {"faults", m.faults}};
    links::Topology topology = links::parse_topology("the tour's head", json.dump());
    if (!m.link.empty()) topology.links[0].properties = links::parse_properties(m.link);
    return topology;
}

void live_with_peer(model::TourMachine const& m, fs::path const& file,
                    std::function<bool()> const& cancelled) {
    recording::WorldOptions options;
    options.topology = topology_of(m);
    options.configs = recording::configs_of(options.topology, "the tour's head");
    options.seed = m.seed;
    recording::JoinedWorld world(options);
    Machine& machine = world.machine("machine");
    recording::Recorder recorder(file, world.members()[0].config, false);
    recorder.watch(machine);
    links::Network& network = world.network();
    std::uint64_t until_ns = m.until_ns;
    network.run_until(until_ns, [&] {
        recorder.update(machine);
        if (cancelled && cancelled()) return true;
        if (is_over(network.result_of("machine").stop)) return true;
        if (world.machine("peer").ended()) until_ns = std::min(until_ns, network.now_ns() + afterwards_ns);
        return network.now_ns() >= until_ns;
    });
    give_up_if(cancelled);
    recorder.finish(machine);
}

}  // namespace

fs::path tour_cache() { return recording::ImageCache().folder().parent_path() / "tours"; }

TourRecording recording_of(model::TourMachine const& m, std::string const& name,
                           std::function<bool()> const& cancelled) {
    TourRecording made;
    made.folder = tour_cache();
    made.file = made.folder / fmt::format("{}-{}.run", name, key_of(m));
    std::error_code failed;
    if (fs::exists(made.file, failed)) {
        made.was_there = true;
        return made;
    }
    fs::create_directories(made.folder, failed);
    if (failed)
        throw std::runtime_error(fmt::format("cannot make the folder {}: {}; is XDG_CACHE_HOME right?",
                                             made.folder.string(), failed.message()));
    std::uint64_t const before = sim::machine::Odometer::executed();
    if (m.peer.empty())
        live_alone(m, made.file, cancelled);
    else
        live_with_peer(m, made.file, cancelled);
    made.executed = sim::machine::Odometer::executed() - before;
    // Of other builds: nobody will ask for them again.
    for (auto const& entry : fs::directory_iterator(made.folder, failed))
        if (std::string const other = entry.path().filename().string();
            other.starts_with(name + "-") && other.size() == made.file.filename().string().size() &&
            entry.path() != made.file)
            fs::remove(entry.path(), failed);
    return made;
}

}  // namespace viz::app
