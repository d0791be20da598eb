// SPDX-License-Identifier: GPL-2.0-or-later
//
// What CPUID tells. It promises only what the engine and the devices have: a
// guest that believes every bit must run. [sdm-2a CPUID]
#pragma once

#include "simulator/engine/cpu.hpp"

namespace sim::machine {

struct CpuidInputs {
    unsigned cpu = 0;  // also its local APIC's identifier
    unsigned processors = 1;
    bool apic = true;  // not switched off by IA32_APIC_BASE
};

engine::CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf, CpuidInputs const&);

}  // namespace sim::machine
