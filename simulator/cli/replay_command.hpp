// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv replay`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "simulator/cli/replay_stops.hpp"

namespace sim::cli {

struct ReplayWords {
    std::string file;
    std::string kernel;  // the image, when it cannot be found
    std::string pcap;
    bool verify = false;
    bool salvage = false;
    bool trace = false;
    bool json = false;
    std::optional<std::uint16_t> gdb;  // a port for gdb; 0: any
    StopWords stops;                   // none: no stops, the whole life
};

// Throws std::runtime_error before the guest runs.
int replay(ReplayWords);

}  // namespace sim::cli
