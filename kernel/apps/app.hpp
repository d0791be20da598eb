// SPDX-License-Identifier: MIT
//
// The contract between the kernel and an application: one function.
#pragma once

#include "kernel/base/command_line.hpp"

namespace apps {

struct Boot {
    base::CommandLine& words;  // ask for those that you know, then words.warn_about_the_rest()
};

// What `help` says about the application's own words, a line each:
// "exit-after=N  end after N answers\n". An application without words has none.
[[gnu::weak]] extern char const help[];

// Runs as the first thread, with interrupts on and all of the kernel at work.
// It marks with the probe app_ready when it is ready to do what it is there for.
// What it returns (0 to 99) is the machine's exit status.
int main(Boot const& boot);

}  // namespace apps
