// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a processor reached a register. The local APIC's lie in memory, or are MSRs
// (x2APIC), and its priority is CR8, too. [sdm-3a §10.12.1, §10.8.6]
#pragma once

#include "simulator/machine/machine.hpp"

namespace sim::machine {

enum class AccessSpace : std::uint8_t { memory, port, msr, control_register };

// MSRs and control registers are on no bus: what answers is told as an entry of
// one of these regions, which no device has. `address` is the register's number.
constexpr unsigned msr_region = 0x4000'0000, control_register_region = 0x4000'0001;

inline AccessSpace space_of(Access const& access) {
    if (access.port) return AccessSpace::port;
    if (access.entry && access.entry->region == msr_region) return AccessSpace::msr;
    if (access.entry && access.entry->region == control_register_region) return AccessSpace::control_register;
    return AccessSpace::memory;
}

}  // namespace sim::machine
