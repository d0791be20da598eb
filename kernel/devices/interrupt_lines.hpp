// SPDX-License-Identifier: MIT
//
// Interrupts that arrive by a wire to an I/O APIC: devices without MSI.
#pragma once

#include <cstdint>

#include "kernel/devices/acpi.hpp"

namespace devices {

// Boot. The tables outlive the kernel.
void init_interrupt_lines(AcpiTables const& tables);

// Leads this line, by its global number, to `handler(context)` on this processor: active
// high, by level. False: no controller has it, or no vector is left.
[[nodiscard]] bool route_line(std::uint32_t line, void (*handler)(void* context), void* context);
// The same for a line of the old ISA bus, which may arrive elsewhere and otherwise.
[[nodiscard]] bool route_isa_line(std::uint8_t line, void (*handler)(void* context), void* context);

// A line that was routed interrupts no more. In any context.
void mask_line(std::uint32_t line);

}  // namespace devices
