// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv replay` and `viv doctor` for worlds of several machines.
#pragma once

#include "simulator/cli/doctor_command.hpp"
#include "simulator/cli/replay_command.hpp"

namespace sim::cli {

// The recording of a world: lived again to its end, or to the time behind the @
// ("net.run@2s"), and told where every machine is then. With --verify compared.
int replay_world(ReplayWords const&);

// A world's recording, or a topology file, whose world is lived as it says.
bool is_world(std::string const& subject);
int examine_world(DoctorWords const&);

}  // namespace sim::cli
