// SPDX-License-Identifier: MIT
//
// The kernel's own words of the command line.
#pragma once

#include "kernel/base/command_line.hpp"

namespace kernel {

// Does what the words say: the log's level, the scheduling policy, or the list of
// all options (help). After help the machine ends with status 0, after a value
// that is none of the choices with status 2.
void obey_options(base::CommandLine& words);

}  // namespace kernel
