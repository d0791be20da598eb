// SPDX-License-Identifier: GPL-2.0-or-later
//
// The ACPI tables of this PC: what firmware would have put into memory for the
// kernel to find processors, interrupt controllers, clocks and PCI. [acpi-6.5 §5.2]
//
// RSDP -> XSDT and RSDT -> FADT (-> DSDT), MADT, MCFG, HPET. A kernel without an
// interpreter needs no more than these. For those with one, the DSDT (dsdt.hpp)
// holds the power-off value, the PCI root with its windows and interrupt
// routing, and the devices that do not tell of themselves.
#pragma once

#include <cstdint>
#include <vector>

namespace sim::devices {

// What the tables tell of. Processor n has APIC id n.
struct AcpiBoard {
    // virtio devices outside PCI: 512 bytes of registers, an ISA interrupt that is a level.
    struct MmioDevice {
        std::uint32_t base = 0;
        unsigned irq = 0;
    };
    unsigned processors = 1;
    bool hpet = true;
    bool fw_cfg = true;
    std::vector<MmioDevice> virtio_mmio{};
};

struct AcpiTables {
    std::uint64_t rsdp = 0;   // physical address of the root pointer
    std::uint64_t start = 0;  // where `bytes` belong
    std::vector<std::uint8_t> bytes;
};

// For tables that will lie at `start` (16-byte aligned, below 4 GiB).
AcpiTables make_acpi_tables(std::uint64_t start, AcpiBoard const&);

}  // namespace sim::devices
