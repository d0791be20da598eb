// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one computer we build: a small q35-like PC. Puts processors, RAM and
// devices together, loads the image, and hands over a machine at moment 0.
//
//   0x0000'0000  RAM, up to the hole
//   0xC000'0000  the hole: PCI BARs
//   0xE000'0000  PCI configuration space (ECAM, bus 0..255)
//   0xFEC0'0000  IOAPIC          0xFEE0'0000  local APIC
//   0x1'0000'0000  the rest of RAM
//   ports: 0x20/0xA0 PIC, 0x40 PIT, 0x70 RTC, 0xF4 exit, 0x3F8 UART, 0x608 PM timer, 0xCF8/0xCFC PCI
//   PCI: 00:00.0 host bridge, 00:02.0 virtio-net, 00:08.0 to 00:0b.0 virtio-blk, 00:1f.0 ISA bridge
#pragma once

#include <memory>

#include "simulator/machine/machine.hpp"

namespace sim::board {

// Slots on PCI bus 0.
constexpr std::uint8_t net_slot = 2, first_disk_slot = 8;

// Throws loader::LoadError (bad image: one line with the cause and the next
// step) or std::runtime_error (engine or host).
std::unique_ptr<machine::Machine> make_pc(machine::MachineConfig);
// The same with another processor; for tests.
std::unique_ptr<machine::Machine> make_pc(machine::MachineConfig, machine::CpuFactory const&);

}  // namespace sim::board
