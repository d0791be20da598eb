// SPDX-License-Identifier: MIT
//
// Does everything that `viv bench kernel` counts the instructions of, many times,
// between marks (mark.hpp). Elsewhere it does it all for nothing.
#include "kernel/apps/app.hpp"
#include "kernel/apps/costs/mark.hpp"
#include "kernel/base/checks.hpp"

int apps::main(Boot const& boot) {
    boot.words.warn_about_the_rest();
    PROBE_0(app_ready);
    if constexpr (base::checks) COST_MARK(cost_with_checks);
    costs::use_memory();
    costs::switch_threads();
    costs::take_mutexes();
    costs::take_interrupts();
    costs::exchange_datagrams();
    return 0;
}
