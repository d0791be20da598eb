// SPDX-License-Identifier: MIT
//
// A second timer that looks after the first. The local APIC's timer rings once for a
// deadline. Should that one interrupt get lost, an idle machine would sleep for ever,
// and threads that never yield would never be preempted again. So another clock
// interrupts once a second while a deadline is set; at the end of every interrupt the
// scheduler looks at the time. Its own ringing is periodic: if that gets lost, it rings
// again.
//
// It is the first comparator of the HPET, in the place of the PC's old timer
// [hpet-1.0a §2.3.5]. On a machine without one there is no watchdog.
#pragma once

#include "kernel/arch/x86_64/hpet.hpp"

namespace arch {

// Boot, after init_traps. False: this machine can have none. The caller routes the old
// timer's line to watchdog_vector.
bool init_watchdog(Hpet const& hpet);
// Is there a deadline that must not be missed? Interrupts are off.
void watch(bool wanted);

}  // namespace arch
