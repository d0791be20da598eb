// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/joined_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/board/disk_file.hpp"
#include "simulator/board/pc.hpp"
#include "simulator/links/output_file.hpp"
#include "simulator/recording/host_memory.hpp"
#include "simulator/recording/images.hpp"

namespace sim::recording {
namespace {

// The world's hash now and then, so that a difference is found near where it began.
constexpr std::uint64_t hash_interval_ns = 500'000'000;
// So much of what a recording may hold is left when it is completed because it is
// full: for what one window brings, and for the end.
constexpr std::uint64_t part_for_the_end = 16;
constexpr std::uint64_t nearly(std::uint64_t most) { return most - most / part_for_the_end; }

}  // namespace

std::vector<machine::MachineConfig> configs_of(links::Topology const& topology,
                                               std::string const& file_name) {
    std::vector<machine::MachineConfig> configs;
    for (auto const& one : topology.machines) {
        machine::MachineConfig& config = configs.emplace_back();
        try {
            config.image = read_blob(one.app.empty() ? std::filesystem::path(one.kernel) : image_of(one.app));
            for (auto const& text : one.disks) {
                board::DiskFile const disk = board::parse_disk_file(text);
                config.disks.push_back({read_blob(disk.path), disk.read_only});
                if (config.disks.back().blob.bytes->empty())
                    throw std::runtime_error(fmt::format("disk {} is empty; make it some MiB large", text));
            }
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

machine::Machine& JoinedWorld::machine(std::string const& name) {
    auto const found = std::find_if(members_.begin(), members_.end(),
                                    [&](Member const& m) { return m.description.name == name; });
    if (found == members_.end()) throw std::runtime_error(fmt::format("no machine is called {}", name));
    return *found->machine;
}

WorldRecorder::WorldRecorder(std::filesystem::path path, JoinedWorld& world, WorldRecording manifest,
                             bool embed, bool checkpoints, std::uint64_t most, std::uint64_t most_of_world)
    : path_(std::move(path)), world_(world), recording_(std::move(manifest)), most_of_world_(most_of_world) {
    links::check_replaceable(path_, world_magic, "recording of a world");
    for (JoinedWorld::Member& member : world_.members()) {
        std::filesystem::path const file = member_file(path_, member.description.name);
        recording_.members[member.description.name] = file.filename().string();
        auto& recorder = members_.emplace_back(std::make_unique<Recorder>(file, member.config, embed, most));
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
    if (completed_) return;
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->update(*world_.members()[i].machine);
    links::Network& network = world_.network();
    if (network.now_ns() >= next_hash_ns_) {
        recording_.hashes.push_back({network.now_ns(), network.hashes()});
        weight_ += weight(recording_.hashes.back());
        next_hash_ns_ = network.now_ns() + hash_interval_ns;
    }
    if (!full()) return;
    full_at_ns_ = network.now_ns();
    finish();
}

// The world's own file, or one of its machines'.
bool WorldRecorder::full() {
    auto const& inputs = world_.network().log().inputs;
    for (; weighed_ < inputs.size(); ++weighed_) weight_ += weight(inputs[weighed_]);
    return weight_ > nearly(most_of_world_) || weighed_ > nearly(max_world_inputs) ||
           recording_.hashes.size() + 1 >= max_world_hashes ||
           std::any_of(members_.begin(), members_.end(), [](auto const& one) { return one->full_at(); });
}

void WorldRecorder::finish() {
    if (completed_) return;
    completed_ = true;
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->finish(*world_.members()[i].machine);
    links::Network& network = world_.network();
    recording_.log = network.log();
    recording_.log.edge_ns = network.now_ns();
    if (recording_.hashes.empty() || recording_.hashes.back().at_ns != network.now_ns())
        recording_.hashes.push_back({network.now_ns(), network.hashes()});
    write_world_file(path_, recording_);
}

WorldOptions reversed(WorldOptions options) {
    std::reverse(options.topology.machines.begin(), options.topology.machines.end());
    std::reverse(options.configs.begin(), options.configs.end());
    std::reverse(options.topology.switches.begin(), options.topology.switches.end());
    std::reverse(options.topology.uplinks.begin(), options.topology.uplinks.end());
    std::reverse(options.topology.links.begin(), options.topology.links.end());
    return options;
}

}  // namespace sim::recording
