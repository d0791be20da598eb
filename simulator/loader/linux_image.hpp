// SPDX-License-Identifier: GPL-2.0-or-later
//
// Loads a Linux bzImage by the 32-bit boot protocol [linux-boot]: the kernel at
// 1 MiB, the "zero page" with the setup header, memory map, command line, ACPI
// root and initial RAM disk, and the processor in flat protected mode at
// code32_start with ESI at the zero page.
//
// Why not the 64-bit entry: every bzImage has the 32-bit one, and it needs no
// page tables of ours, so what the guest's first instructions see is its own.
//
//   0x0009'0000  zero page, then GDT and command line; RAM that Linux may reuse
//   0x0010'0000  the file behind its setup sectors
#pragma once

#include "simulator/loader/handover.hpp"

namespace sim::loader {

constexpr std::uint64_t zero_page_address = 0x9'0000;

// The boot sector's signature and "HdrS".
bool is_linux_image(std::span<std::uint8_t const> file);

// Throws LoadError: truncated, too old (boot protocol before 2.02, zImage), or
// the kernel, the initial RAM disk or the command line does not fit.
Entry load_linux(machine::MachineConfig const&, machine::PhysicalMemory&, std::uint64_t rsdp);

}  // namespace sim::loader
