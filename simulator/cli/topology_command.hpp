// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv run --topology FILE`: several machines in one process on one clock.
#pragma once

#include "simulator/cli/run_options.hpp"
#include "simulator/links/topology.hpp"

namespace sim::cli {

// The run ends when every machine that is no service has ended, when nothing can
// happen any more, or at the file's "until" (status 124). The status is the
// worst of theirs.
int run_topology(RunWords const&);

// The file and its text. Throws std::runtime_error: one line.
struct TopologyFile {
    std::string text;
    links::Topology topology;
};
TopologyFile read_topology(std::string const& name);

}  // namespace sim::cli
