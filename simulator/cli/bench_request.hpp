// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv bench request`: where the instructions of a web request go.
#pragma once

#include "simulator/cli/bench_command.hpp"

namespace sim::cli {

// 0. Throws std::runtime_error: one line.
int bench_request(BenchWords const&);

}  // namespace sim::cli
