// SPDX-License-Identifier: MIT
//
// From the firmware's tables to a machine that can tell the time, take
// interrupts and reach its devices.
#pragma once

#include "kernel/base/address.hpp"
#include "kernel/devices/acpi.hpp"

namespace kernel {

// What the machine has. Without ACPI the defaults of a PC, with one line in the log.
devices::AcpiTables read_firmware_tables(base::PhysAddr rsdp);

// The interrupt controllers: the old one off, the I/O APICs quiet, the local on.
void init_interrupt_controllers(devices::AcpiTables const& tables);

// Time, measured if need be against what the tables name.
void init_clock(devices::AcpiTables const& tables);

}  // namespace kernel
