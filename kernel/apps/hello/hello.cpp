// SPDX-License-Identifier: MIT
//
// The smallest application: it says hello, what machine it finds itself in, and
// ends it.
#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/devices/pci_access.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/thread.hpp"

// [doc:main]
int apps::main(Boot const&) {
    PROBE_0(app_ready);
    auto const memory = memory::statistics();
    auto const& clock = arch::clock_rates();
    base::log_info("hello, world");
    base::log_info("memory: {} KiB, {} KiB free", memory.total_frames * 4, memory.free_frames * 4);
    base::log_info("processor: {} MHz by {}, timer {} MHz", (clock.tsc_hz + 500'000) / 1'000'000, clock.source,
                   (clock.apic_timer_hz + 500'000) / 1'000'000);
    base::log_info("{} threads, {} PCI functions", threads::count(), devices::pci_functions().size());
    return 0;
}
// [/doc:main]
