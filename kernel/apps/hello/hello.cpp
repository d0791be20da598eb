// SPDX-License-Identifier: MIT
//
// The smallest application: it says hello and ends the machine.
#include "kernel/apps/app.hpp"
#include "kernel/base/log.hpp"

int apps::main(Boot const&) {
    base::log_info("hello, world");
    return 0;
}
