// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv replay FILE[@MOMENT] --break F --watch PLACE --when CONDITION`: runs a
// recording to where something stops it, forwards or backwards, and says where.
#pragma once

#include <string>
#include <vector>

#include "simulator/recording/replay.hpp"

namespace sim::cli {

struct StopWords {
    std::vector<std::string> stops;  // as debug::parse_stop() reads them
    std::string from;                // a moment; empty: the start, or the end when backwards
    bool backwards = false;
    std::uint64_t count = 1;  // so many stops
    bool json = false;
};

// Stopped at least once: status_right; never: status_differs.
int run_to_stops(recording::Replay&, std::string const& file, StopWords const&);

}  // namespace sim::cli
