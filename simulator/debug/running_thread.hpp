// SPDX-License-Identifier: GPL-2.0-or-later
//
// The name of the thread that runs on a machine now, for those who tell of the machine while
// it lives and have no session: captures.
#pragma once

#include <functional>
#include <string>

#include "simulator/machine/machine.hpp"

namespace sim::debug {

// Reads the image's debug info when it is asked for the first time. The answer is "" before the
// kernel has threads, and for an image without its views. Has no effect on the guest.
std::function<std::string(machine::Machine&)> running_thread(machine::Blob image);

}  // namespace sim::debug
