// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/joined_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/board/pc.hpp"
#include "simulator/links/output_file.hpp"
#include "simulator/recording/host_memory.hpp"
#include "simulator/recording/images.hpp"

namespace sim::recording {
namespace {

// The world's hash now and then, so that a difference is found near where it began.
constexpr std::uint64_t hash_interval_ns = 500'000'000;

}  // namespace

std::vector<machine::MachineConfig> configs_of(links::Topology const& topology,
                                               std::string const& file_name) {
    std::vector<machine::MachineConfig> configs;
    for (auto const& one : topology.machines) {
        machine::MachineConfig& config = configs.emplace_back();
        try {
            config.image = read_blob(one.app.empty() ? std::filesystem::path(one.kernel) : image_of(one.app));
        } catch (std::exception const& error) {
            throw std::runtime_error(fmt::format("{}: machine {}: {}", file_name, one.name, error.what()));
        }
        config.memory_bytes = one.memory_bytes;
        config.command_line = one.append;
        config.mac = one.mac;
        config.seed = one.seed;
        config.processors = one.cpus;
    }
    return configs;
}

JoinedWorld::JoinedWorld(WorldOptions const& options) {
    links::Topology const& topology = options.topology;
    std::uint64_t bytes = 0;
    for (auto const& config : options.configs) bytes += config.memory_bytes;
    require_host_memory(bytes);
    network_ = std::make_unique<links::Network>(options.seed);
    for (std::size_t i = 0; i < topology.machines.size(); ++i) {
        Member& member = members_.emplace_back();
        member.description = topology.machines[i];
        member.config = options.configs.at(i);
        try {
            member.machine = board::make_pc(member.config);
        } catch (std::exception const& error) {
            throw std::runtime_error(fmt::format("machine {}: {}", member.description.name, error.what()));
        }
        member.machine->set_checkpoint_interval(0);
        network_->add_machine(member.description.name, *member.machine);
    }
    for (auto const& one : topology.switches) network_->add_switch(one.name, one.table);
    for (auto const& one : topology.uplinks) {
        std::unique_ptr<links::Uplink> uplink;
        if (options.living_uplinks) {
            uplink = std::make_unique<links::Uplink>(one.forwards);
            forwards_ = uplink->forwards();
        }
        network_->add_uplink(one.name, std::move(uplink));
    }
    for (auto const& one : topology.links) network_->add_link(one.name, one.a, one.b, one.properties);
    for (auto const& fault : topology.faults) network_->add_fault(fault);
    for (auto const& fault : options.faults) network_->add_fault(fault);
}

JoinedWorld::~JoinedWorld() { network_.reset(); }

machine::Machine& JoinedWorld::machine(std::string const& name) {
    auto const found = std::find_if(members_.begin(), members_.end(),
                                    [&](Member const& m) { return m.description.name == name; });
    if (found == members_.end()) throw std::runtime_error(fmt::format("no machine is called {}", name));
    return *found->machine;
}

WorldRecorder::WorldRecorder(std::filesystem::path path, JoinedWorld& world, WorldRecording manifest,
                             bool embed, bool checkpoints)
    : path_(std::move(path)), world_(world), recording_(std::move(manifest)) {
    links::check_replaceable(path_, world_magic, "recording of a world");
    for (JoinedWorld::Member& member : world_.members()) {
        std::filesystem::path const file = member_file(path_, member.description.name);
        recording_.members[member.description.name] = file.filename().string();
        auto& recorder = members_.emplace_back(std::make_unique<Recorder>(file, member.config, embed));
        recorder->watch(*member.machine);
        recorder->keep_checkpoints(checkpoints);
    }
}

Recorder& WorldRecorder::member(std::string const& name) {
    for (std::size_t i = 0; i < members_.size(); ++i)
        if (world_.members()[i].description.name == name) return *members_[i];
    throw std::runtime_error(fmt::format("no machine is called {}", name));
}

void WorldRecorder::update() {
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->update(*world_.members()[i].machine);
    links::Network& network = world_.network();
    if (network.now_ns() < next_hash_ns_) return;
    recording_.hashes.push_back({network.now_ns(), network.hashes()});
    next_hash_ns_ = network.now_ns() + hash_interval_ns;
}

void WorldRecorder::finish() {
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->finish(*world_.members()[i].machine);
    links::Network& network = world_.network();
    recording_.log = network.log();
    recording_.log.edge_ns = network.now_ns();
    if (recording_.hashes.empty() || recording_.hashes.back().at_ns != network.now_ns())
        recording_.hashes.push_back({network.now_ns(), network.hashes()});
    write_world_file(path_, recording_);
}

}  // namespace sim::recording
