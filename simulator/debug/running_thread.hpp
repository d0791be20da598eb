// SPDX-License-Identifier: GPL-2.0-or-later
//
// The name of the thread that runs on a machine now, for those who tell of the machine while
// it lives and have no session: captures.
#pragma once

#include <functional>
#include <string>

#include "simulator/machine/machine.hpp"

namespace sim::debug {

// For any number of machines: the debug info of each image is read once, when somebody asks for
// the first time. The answer is "" before the kernel has threads, and for an image without its
// views. Has no effect on the guest.
std::function<std::string(machine::Machine&)> running_thread();

}  // namespace sim::debug
