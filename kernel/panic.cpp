// SPDX-License-Identifier: MIT
#include "kernel/arch/x86_64/exit.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"

void base::assertion_failed(char const* expression, char const* file, int line) {
    log_error("assertion failed: {} at {}:{}", expression, file, line);
    arch::exit_machine(arch::exit_status_panic);
}
