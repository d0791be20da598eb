// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv run --gdb PORT` and `viv replay --gdb PORT`: what both have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "simulator/machine/machine.hpp"

namespace sim::cli {

struct GdbWords {
    std::uint16_t port = 0;  // 0: any free one
    bool live = false;       // the guest runs while no gdb is there
    bool wait = false;       // but not before the first gdb
    std::string image{};     // its name, for the hint
    std::function<void()> after_slice{};
    // In place of Machine::run() for a stretch at the live edge; may be empty.
    std::function<machine::RunResult(machine::RunLimit const&)> run{};
};

// Until gdb kills the guest, the guest ends by itself or Ctrl-C. The result is
// the status to exit with, `ending` says why.
int serve_gdb(machine::Machine&, GdbWords const&, std::string& ending);

}  // namespace sim::cli
