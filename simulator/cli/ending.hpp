// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a guest's run ended, as an exit status and in words: the same for every
// command.
#pragma once

#include <optional>
#include <string>

#include "simulator/machine/machine.hpp"

namespace sim::cli {

struct GuestEnding {
    int status = 0;    // of this program, see status.hpp
    std::string text;  // "the guest exited with 0"
    bool bad = false;  // a diagnosis is worth while
    // When it went wrong, where whoever stopped it knows.
    std::optional<machine::Moment> noted{};
};

// None: the guest lives, the run was only stopped.
std::optional<GuestEnding> ending_of(machine::RunResult const&);

}  // namespace sim::cli
