// SPDX-License-Identifier: GPL-2.0-or-later
//
// The DSDT's code: this PC as ACPI machine language, for kernels that interpret
// it. Nothing in it runs hardware: it names devices and where they are.
//
//     \_S5            what to write into SLP_TYP to turn off
//     \_PIC           told which interrupt controllers are in use
//     \_SB.PCI0       the PCI root: _CRS windows, _PRT interrupt routing
//     \_SB.PCI0.ISA_  RTC, COM1, PIT, PIC, keyboard, fw_cfg
//     \_SB            HPET, reserved memory, processors, virtio outside PCI
#pragma once

#include "simulator/devices/acpi.hpp"

namespace sim::devices {

std::vector<std::uint8_t> dsdt_aml(AcpiBoard const&);

}  // namespace sim::devices
