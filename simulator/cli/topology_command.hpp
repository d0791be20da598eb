// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv run --topology FILE`: several machines in one process on one clock.
#pragma once

#include "simulator/cli/run_options.hpp"

namespace sim::cli {

// The run ends when every machine that is no service has ended, or at the
// file's "until" (status 124). The status is the worst of theirs.
int run_topology(RunWords const&);

}  // namespace sim::cli
