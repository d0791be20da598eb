// SPDX-License-Identifier: MIT
//
// The local APIC: the processor's own interrupt controller and timer. By memory
// (xAPIC), or by model-specific registers where the processor has x2APIC.
// [sdm-3a §10 Advanced Programmable Interrupt Controller]
#pragma once

#include <cstdint>

#include "kernel/base/address.hpp"

namespace arch {

// Enables this processor's APIC. `registers` is where its page is mapped; it is
// not used with x2APIC.
[[gnu::cold]] void init_apic(base::VirtAddr registers);
bool has_x2apic();
base::PhysAddr apic_base();

std::uint32_t apic_id();
void end_of_interrupt();

// The timer counts down once from `count` at the bus clock divided by 1 and
// then raises the vector. 0 stops it. With `tsc_deadline` it is set by a
// model-specific register instead.
void set_apic_timer_vector(std::uint8_t vector, bool tsc_deadline);
void start_apic_timer(std::uint32_t count);
std::uint32_t apic_timer_count();

// The legacy controllers answer nothing from here on. Their vectors are moved
// away from the exceptions first, because even masked they may raise a spurious
// interrupt. [8259a]
void disable_pic();

}  // namespace arch
