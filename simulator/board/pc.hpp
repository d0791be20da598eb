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
//   0xFEB0'0000  virtio devices outside PCI, if so configured, 512 bytes each
//   0xFED0'0000  HPET
//   ports: 0x20/0xA0 PIC, 0x40 PIT, 0x70 RTC, 0xF4 exit, 0x3F8 UART, 0x510 fw_cfg, 0x600 power
//   management, 0xCF8/0xCFC PCI, 0xCF9 reset; 0x80, 0x92 (reset_control.hpp); 0x60, 0x64 keyboard,
//   0x3D4 text cursor; 0xC000 and up: PCI BARs
//   PCI: 00:00.0 host bridge, 00:02.0 virtio-net, 00:03.0 virtio-console, 00:04.0 virtio-rng,
//   00:08.0 to 00:0b.0 virtio-blk, 00:1f.0 ISA bridge
// docs/reference/machine.md says the same for those who write systems.
#pragma once

#include <memory>

#include "simulator/machine/machine.hpp"

namespace sim::board {

// Slots on PCI bus 0.
constexpr std::uint8_t net_slot = 2, console_slot = 3, rng_slot = 4, first_disk_slot = 8;
// virtio outside PCI: devices in the order net, rng, console, disks take these in turn.
constexpr std::uint32_t virtio_mmio_base = 0xFEB0'0000;
constexpr unsigned virtio_mmio_irqs[] = {5, 6, 7, 12, 14, 15, 3};

// Throws loader::LoadError (bad image: one line with the cause and the next
// step) or std::runtime_error (engine or host).
std::unique_ptr<machine::Machine> make_pc(machine::MachineConfig);
// The same with another processor; for tests.
std::unique_ptr<machine::Machine> make_pc(machine::MachineConfig, machine::CpuFactory const&);

}  // namespace sim::board
