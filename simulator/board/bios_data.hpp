// SPDX-License-Identifier: GPL-2.0-or-later
//
// The BIOS data area, 256 bytes at 0x400, as firmware would have left it: where the
// serial port is, where reserved memory begins, a screen of 80 by 25 characters
// (whose memory at 0xB8000 is plain RAM here). Kernels look there for what nobody
// told them. [bios-data]
#pragma once

#include "simulator/machine/memory.hpp"

namespace sim::board {

void write_bios_data(machine::PhysicalMemory&);

}  // namespace sim::board
