// SPDX-License-Identifier: GPL-2.0-or-later
//
// Loads a multiboot 1 image [multiboot-1]: an ELF file, or any file whose header
// names its addresses itself (the "a.out kludge"). The guest gets the memory
// map, the command line, the loader's name and one module; the processor is in
// flat protected mode with the magic number in EAX and the information's
// address in EBX.
#pragma once

#include "simulator/loader/handover.hpp"

namespace sim::loader {

// A header with the right magic and checksum in the first 8 KiB.
bool is_multiboot_image(std::span<std::uint8_t const> file);

// Throws LoadError: wants what we lack, truncated, does not fit.
Entry load_multiboot(machine::MachineConfig const&, machine::PhysicalMemory&);

}  // namespace sim::loader
