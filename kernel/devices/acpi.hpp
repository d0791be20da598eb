// SPDX-License-Identifier: MIT
//
// What the firmware's static ACPI tables say about the machine: processors,
// interrupt controllers, the power-management timer, PCI's memory-mapped
// configuration space. The byte code (AML) is not run. [acpi-6.5 §5.2]
//
// The tables are somebody else's: every length is checked, every checksum too,
// and a table that lies is as good as absent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/address.hpp"

namespace devices {

// How physical memory is read; the tests have one of their own.
class PhysicalReader {
public:
    // Empty when the memory cannot be reached.
    virtual std::span<std::byte const> view(base::PhysAddr start, std::uint64_t size) = 0;

protected:
    ~PhysicalReader() = default;
};

struct IoApicEntry {
    std::uint8_t id = 0;
    base::PhysAddr registers;
    std::uint32_t first_interrupt = 0;  // the global number of its line 0
};

// An ISA line that arrives elsewhere than at its own number.
struct InterruptOverride {
    std::uint8_t isa_line = 0;
    std::uint32_t interrupt = 0;
    bool active_low = false;
    bool level_triggered = false;
};

struct EcamRange {
    base::PhysAddr start;  // of bus 0, even when first_bus is not 0
    std::uint16_t segment = 0;
    std::uint8_t first_bus = 0;
    std::uint8_t last_bus = 0;
};

template <class T, std::size_t capacity>
struct Table {
    std::array<T, capacity> entries{};
    std::size_t count = 0;
    void add(T const& entry) {
        if (count < capacity) entries[count++] = entry;
    }
    std::span<T const> all() const { return {entries.data(), count}; }
};

struct AcpiTables {
    bool found = false;
    base::PhysAddr local_apic{0xfee0'0000};  // the architecture's default
    Table<std::uint32_t, 16> apic_ids;       // of the usable processors
    Table<IoApicEntry, 4> io_apics;
    Table<InterruptOverride, 16> overrides;
    Table<EcamRange, 4> ecam;
    arch::PmTimer pm_timer;
    base::PhysAddr hpet;  // its registers; 0: there is none

    // How a line of the old ISA bus arrives: as an edge, active high, at its own number, unless
    // the tables say otherwise. [acpi-6.5 §5.2.12.5]
    InterruptOverride isa_line(std::uint8_t line) const {
        for (InterruptOverride const& entry : overrides.all())
            if (entry.isa_line == line) return entry;
        return {line, line, false, false};
    }
};

// Reads the tables from the root pointer; 0: searches for it where a BIOS leaves
// it. Without ACPI `found` is false and the defaults stand.
AcpiTables read_acpi(base::PhysAddr rsdp, PhysicalReader& memory);

}  // namespace devices
