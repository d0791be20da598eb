// SPDX-License-Identifier: GPL-2.0-or-later
//
// QEMU as a child process: how it is called, and what its end means.
#pragma once

#include <string>
#include <vector>

#include "simulator/cli/run_options.hpp"

namespace sim::cli {

// The whole command line. `network` is the descriptor of a socket that carries
// frames, which the child inherits (links::Relay).
std::vector<std::string> qemu_arguments(RunOptions const&, int network);

// The end of a child process as waitpid() tells it, with the complaints that
// QEMU printed (lines that are not warnings).
struct QemuEnd {
    int status = 0;      // of this program
    std::string ending;  // for people
    bool never_started = false;
};
QemuEnd decode_qemu_end(int wait_status, std::string const& complaint, bool foreign = false);

// Is it a Linux or multiboot image, which QEMU boots by itself and whose end it
// tells in its own way (a guest that powers off ends it with 0)?
bool is_foreign(machine::Blob const& image);

}  // namespace sim::cli
