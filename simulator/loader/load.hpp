// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a file to the processor's first instruction. The format is told by the
// file's own signature, in this order:
//
//   Linux bzImage   boot sector signature and "HdrS"        linux_image.hpp
//   PVH             ELF with the note "Xen", type 18         pvh.hpp
//   multiboot 1     its header in the first 8 KiB            multiboot.hpp
//
// What all have in common is in handover.hpp.
#pragma once

#include "simulator/loader/handover.hpp"

namespace sim::loader {

// Fills RAM with the image, the initrd and what the boot protocol hands over.
// The ACPI tables are somebody else's; `rsdp` is where their root lies. Throws
// LoadError, one line: an unknown file (the formats are listed), or what the
// format's own loader refuses.
Entry load(machine::MachineConfig const&, machine::PhysicalMemory&, std::uint64_t rsdp);

}  // namespace sim::loader
