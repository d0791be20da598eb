// SPDX-License-Identifier: GPL-2.0-or-later
//
// The life of a world of several machines, as a file. It holds what the world
// was made of (its topology file, word for word), what came into it from outside
// and hashes of it now and then. Each machine's own recording lies beside it
// (`net.run` and `net-server.run`), and the file names them: images and
// configurations are there, once.
//
//     offset 0   magic    89 'V' 'I' 'V' 'W' 'L' 'D' 0A
//     offset 8   u32      version of this format
//     offset 12  u32      length when unpacked
//     offset 16  u32      length as stored (one zstd frame)
//     offset 20  u32      CRC-32 of the 20 bytes before and of the stored bytes
//     offset 24  ...      stored bytes
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "simulator/links/network.hpp"
#include "simulator/links/topology.hpp"
#include "simulator/recording/run_file.hpp"

namespace sim::recording {

constexpr std::string_view world_magic{"\x89VIVWLD\n", 8};
// 1 knew no bound of what is under way, and no moments of inputs.
constexpr std::uint32_t world_format_version = 2;
constexpr std::uint64_t max_world_bytes = 512 << 20;  // that its inputs and hashes take, see weight()
constexpr std::size_t max_world_inputs = 10'000'000, max_world_hashes = 1'000'000;
constexpr std::size_t max_topology_bytes = 1 << 20;

// Part by part: each machine by its name, and "" what is under way between them.
struct WorldHash {
    std::uint64_t at_ns = 0;
    std::map<std::string, std::uint64_t> parts;
    friend bool operator==(WorldHash const&, WorldHash const&) = default;
};

struct WorldRecording {
    std::uint32_t engine = engine_version;
    std::string topology;                        // the file's text
    std::uint64_t seed = 1;                      // of every frame's fate
    std::vector<std::string> faults;             // lines besides those of the topology
    std::map<std::string, std::string> members;  // machine, and the name of its recording's file
    links::WorldLog log;                         // to its edge the world lived
    std::vector<WorldHash> hashes;               // ascending; the last is of the end

    friend bool operator==(WorldRecording const&, WorldRecording const&) = default;
};

// Is there such a file? By its first bytes; any file may be asked about.
bool is_world_file(std::filesystem::path const&);

// What one needs in the memory of whoever reads it: in the file's bytes, at most
// half of this, and by itself.
inline std::uint64_t weight(links::WorldInput const& input) {
    return sizeof input + 64 + 2 * (input.target.size() + input.device.size() + input.bytes.size());
}
inline std::uint64_t weight(WorldHash const& hash) {
    std::uint64_t bytes = sizeof hash + 32;
    for (auto const& [name, value] : hash.parts) bytes += 128 + 2 * name.size();
    return bytes;
}

// Both throw RunFileError: one line. A file that is no world is never replaced;
// reading trusts nothing. `most` bytes of inputs and hashes, by their weights.
void write_world_file(std::filesystem::path const&, WorldRecording const&,
                      std::uint64_t most = max_world_bytes);
WorldRecording read_world_file(std::filesystem::path const&, std::uint64_t most = max_world_bytes);
// The file's bytes; the name is for messages.
WorldRecording read_world_bytes(std::span<std::uint8_t const>, std::string const& name,
                                std::uint64_t most = max_world_bytes);

// Where one machine's recording lies: "net.run" and "server" give "net-server.run".
std::filesystem::path member_file(std::filesystem::path const& world, std::string const& machine);

}  // namespace sim::recording
