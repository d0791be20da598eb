// SPDX-License-Identifier: GPL-2.0-or-later
//
// Loads an image the way that a PVH guest expects: segments at their physical
// addresses, a start-info block with memory map, command line, ACPI root and one
// module, and the processor in 32-bit protected mode at the entry. [pvh]
#pragma once

#include "simulator/loader/elf_image.hpp"
#include "simulator/loader/handover.hpp"

namespace sim::loader {

constexpr std::uint64_t start_info_address = reserved_start;

// Fills RAM. `rsdp` is the root of the ACPI tables. EBX at the entry is the
// address of the start info. Throws LoadError: also when the image, the module
// or the command line does not fit, or the image has no PVH entry.
Entry load_pvh(machine::MachineConfig const&, machine::PhysicalMemory&, std::uint64_t rsdp);

}  // namespace sim::loader
