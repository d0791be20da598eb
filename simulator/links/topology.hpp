// SPDX-License-Identifier: GPL-2.0-or-later
//
// A topology file: which machines, switches and links there are. The form is in
// docs/reference/topology.md. Reading it loads no image and makes no machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/links/fault_lines.hpp"
#include "simulator/links/properties.hpp"
#include "simulator/links/uplink.hpp"

namespace sim::links {

// Something that goes wrong inside a machine: "stall 3ms at 12ms on server". The
// line is explore/fault.hpp's, and not looked at here.
struct MachineFault {
    std::string line, machine;
};

struct Topology {
    struct Machine {
        std::string name;
        std::string app, kernel;  // one of them
        std::uint64_t memory_bytes = 64ull << 20;
        std::string append;
        std::uint64_t mac = 0;
        std::uint64_t seed = 1;
        unsigned cpus = 1;
        std::vector<std::string> disks;  // "FILE" and words as in `viv run --disk`
        bool service = false;            // nobody waits for its end
    };
    struct Switch {
        std::string name;
        unsigned table = 1024;
    };
    struct Link {
        std::string name, a, b;
        LinkProperties properties;
    };
    struct Uplink {  // to the host's network
        std::string name;
        std::vector<Forward> forwards;
    };
    std::uint64_t seed = 1;
    std::uint64_t until_ns = 60'000'000'000;
    std::vector<Machine> machines;
    std::vector<Switch> switches;
    std::vector<Uplink> uplinks;
    std::vector<Link> links;
    std::vector<FaultLine> faults;
    std::vector<MachineFault> machine_faults;
};

constexpr std::size_t most_nodes = 64, most_links = 256, most_faults = 1000, most_forwards = 64;

// Throws std::runtime_error: one line that names the file, the line or the key,
// what is wrong and what is wanted.
Topology parse_topology(std::string const& file_name, std::string_view text);

// One more line, of a link or, with " on NAME" at its end, of a machine. Throws
// std::runtime_error: a link's line is wrong, or it names somebody whom the
// topology has not, or a way that is none.
void add_fault(Topology const&, std::string const& line, std::vector<FaultLine>&, std::vector<MachineFault>&);

}  // namespace sim::links
