// SPDX-License-Identifier: GPL-2.0-or-later
//
// An application as a child process, on the stack that the kernel has: how it is
// called, and what its end means.
#pragma once

#include <string>
#include <vector>

#include "simulator/cli/run_options.hpp"

namespace sim::cli {

// build/PRESET/hosted/NAME; throws std::runtime_error, with the names there are, if
// it was not built.
std::filesystem::path hosted_image_of(std::string const& application);

// `frames`: the descriptor that carries its frames. `address`: of its own, empty to ask.
std::vector<std::string> hosted_arguments(RunOptions const&, int frames, std::string const& address);

struct HostedEnd {
    int status = 0;
    std::string ending;
};
HostedEnd decode_hosted_end(int wait_status, std::string const& complaint);

}  // namespace sim::cli
