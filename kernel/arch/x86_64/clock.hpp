// SPDX-License-Identifier: MIT
//
// Monotonic time: the processor's time-stamp counter, scaled to nanoseconds.
// Zero is when init_clock ran, early in boot.
//
// How fast the counter runs, in order of trust: the processor says so (CPUID
// leaf 0x15), the hypervisor says so (leaf 0x40000010), or we measure it against
// the HPET, the ACPI power-management timer, or the PIT. The same sources give the
// rate of the local APIC's timer. With none of them that timer is taken to
// run at 1 GHz, with a warning.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/arch/x86_64/hpet.hpp"
#include "kernel/base/time.hpp"

namespace arch {

// The ACPI power-management timer: 3.579545 MHz, 24 or 32 bits wide, read from a
// port. [acpi-6.5 §4.8.3.3]
struct PmTimer {
    std::uint16_t port = 0;  // 0: there is none
    bool is_32_bits = false;
};

// What the firmware's tables name to measure against.
struct ClockHardware {
    PmTimer pm_timer;
    Hpet hpet;
};

struct ClockRates {
    std::uint64_t tsc_hz = 0;
    std::uint64_t apic_timer_hz = 0;
    std::string_view source;
};

// After init_apic: the APIC's timer is measured too.
[[gnu::cold]] void init_clock(ClockHardware const& hardware);
ClockRates const& clock_rates();

base::Instant now();

// The one-shot timer of this processor. The handler runs as an interrupt handler
// at the deadline or soon after; one deadline at a time, the last one counts. While one
// is set the watchdog runs (watchdog.hpp), where there is one.
void init_timer(void (*handler)());
void set_timer(base::Instant deadline);
void stop_timer();

}  // namespace arch
