// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a BIOS does about PCI before a system starts: every base address register gets an address, the
// largest first, and decoding is turned on. Bus mastering stays off. [pci-3.0 §6.2.5.1] For boot protocols
// that begin after a BIOS only: PVH's guests find nothing assigned (docs/decisions/0032).
#pragma once

#include <span>

#include "simulator/devices/pci.hpp"

namespace sim::board {

constexpr std::uint16_t first_pci_port = 0xC000;

// Memory from machine::hole_start on, below ECAM, never less than a page apart; ports from first_pci_port on.
// Throws std::logic_error where they do not fit.
void assign_resources(std::span<devices::PciFunction* const> functions);

}  // namespace sim::board
