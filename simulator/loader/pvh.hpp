// SPDX-License-Identifier: GPL-2.0-or-later
//
// Loads an image the way that a PVH guest expects: segments at their physical
// addresses, a start-info block with memory map, command line, ACPI root and one
// module, and the processor in 32-bit protected mode at the entry. [pvh]
//
//   0x0000'0000  RAM
//   0x0009'F000  reserved from here: start info, command line, memory map
//   0x000F'0000  reserved: ACPI tables (the root pointer first)
//   0x0010'0000  RAM up to the hole; a module lies at its end
#pragma once

#include <cstdint>

#include "simulator/engine/cpu.hpp"
#include "simulator/loader/load_error.hpp"
#include "simulator/machine/config.hpp"
#include "simulator/machine/memory.hpp"

namespace sim::loader {

constexpr std::uint64_t reserved_start = 0x9'F000;
constexpr std::uint64_t start_info_address = 0x9'F000;
constexpr std::uint64_t acpi_address = 0xF'0000;
constexpr std::uint64_t reserved_end = 0x10'0000;

// Where the processor starts.
struct Entry {
    std::uint32_t eip = 0;
    std::uint32_t ebx = 0;  // address of the start info
};

// Fills RAM. ACPI tables lie there already; `rsdp` is their root. Throws
// LoadError: also when the image, the module or the command line does not fit.
Entry load_pvh(machine::MachineConfig const&, machine::PhysicalMemory&, std::uint64_t rsdp);

// Puts the processor there.
void enter(engine::Cpu&, Entry);

}  // namespace sim::loader
