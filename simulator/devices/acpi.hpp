// SPDX-License-Identifier: GPL-2.0-or-later
//
// The ACPI tables of this PC: what firmware would have put into memory for the
// kernel to find processors, interrupt controllers and PCI. [acpi-6.5 §5.2]
//
// RSDP -> XSDT and RSDT -> FADT (-> DSDT), MADT, MCFG. The DSDT holds what
// needs no interpreter of ours: the power-off value and the PCI root.
#pragma once

#include <cstdint>
#include <vector>

namespace sim::devices {

struct AcpiTables {
    std::uint64_t rsdp = 0;   // physical address of the root pointer
    std::uint64_t start = 0;  // where `bytes` belong
    std::vector<std::uint8_t> bytes;
};

// For tables that will lie at `start` (16-byte aligned, below 4 GiB).
AcpiTables make_acpi_tables(std::uint64_t start, unsigned processors);

}  // namespace sim::devices
