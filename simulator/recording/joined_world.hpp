// SPDX-License-Identifier: GPL-2.0-or-later
//
// A world built: the machines of a topology, joined by its switches and links,
// at time 0. For one machine alone see live.hpp and replay.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/links/network.hpp"
#include "simulator/links/topology.hpp"
#include "simulator/recording/recorder.hpp"
#include "simulator/recording/world_file.hpp"

namespace sim::recording {

struct WorldOptions {
    links::Topology topology;
    std::vector<machine::MachineConfig> configs;  // of its machines, in that order; see configs_of()
    std::uint64_t seed = 1;                       // of every frame's fate
    std::vector<links::FaultLine> faults;         // besides the topology's
    bool living_uplinks = false;                  // else only the log speaks for them
};

// Reads the images. Throws std::runtime_error that names the machine.
std::vector<machine::MachineConfig> configs_of(links::Topology const&, std::string const& file_name);

class JoinedWorld {
public:
    // Throws what building machines, uplinks and links throws: one line.
    explicit JoinedWorld(WorldOptions const&);

    struct Member {
        links::Topology::Machine description;
        machine::MachineConfig config;
        std::unique_ptr<machine::Machine> machine;
    };
    std::vector<Member>& members() { return members_; }
    machine::Machine& machine(std::string const& name);
    links::Network& network() { return *network_; }
    // With the real host ports; empty without a living uplink.
    std::vector<links::Forward> const& forwards() const { return forwards_; }

private:
    std::vector<Member> members_;
    std::unique_ptr<links::Network> network_;  // goes before the machines
    std::vector<links::Forward> forwards_;
};

// The same world, with everything listed in the other order.
WorldOptions reversed(WorldOptions);

// Records a world: each machine by itself, and what joins them. When one of the
// files is as large as one may be, all are completed there, at one time, and the
// world lives on.
class WorldRecorder {
public:
    // `path` as member_file() has it. The world must outlive this. `most`: bytes of
    // a machine's recording, `most_of_world`: of the world's own (write_world_file).
    WorldRecorder(std::filesystem::path path, JoinedWorld&, WorldRecording manifest, bool embed,
                  bool checkpoints, std::uint64_t most = max_unpacked_bytes,
                  std::uint64_t most_of_world = max_world_bytes);
    // Between windows. Cheap when nothing is new.
    void update();
    // Completes all files.
    void finish();
    // Where they became full and were completed, if they did.
    std::optional<std::uint64_t> full_at_ns() const { return full_at_ns_; }
    std::filesystem::path const& path() const { return path_; }
    // Of one machine, for bookmarks.
    Recorder& member(std::string const& name);

private:
    bool full();

    std::filesystem::path path_;
    JoinedWorld& world_;
    WorldRecording recording_;
    std::vector<std::unique_ptr<Recorder>> members_;
    std::uint64_t next_hash_ns_ = 0;
    std::uint64_t most_of_world_;
    std::uint64_t weight_ = 0;  // of hashes and inputs
    std::size_t weighed_ = 0;   // inputs
    std::optional<std::uint64_t> full_at_ns_;
    bool completed_ = false;
};

}  // namespace sim::recording
