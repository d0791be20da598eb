// SPDX-License-Identifier: GPL-2.0-or-later
//
// The half of `viv explore` that disturbs frames and interrupts.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "simulator/cli/explore_command.hpp"
#include "simulator/explore/world_explorer.hpp"

namespace sim::cli {

struct WorldFinding {
    explore::WorldResult result;
    std::string recording;  // the file to open; empty: nothing was found
};
// Searches, and records what was found in `file`.
WorldFinding explore_disturbances(explore::Scenario const&, unsigned jobs, std::string const& file,
                                  bool embed, std::function<void(explore::Progress const&)> const& show);

// For people, and as JSON.
void tell(explore::Scenario const&, WorldFinding const&);
nlohmann::json to_json(explore::Scenario const&, WorldFinding const&);

}  // namespace sim::cli
