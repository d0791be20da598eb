// SPDX-License-Identifier: MIT
#include "kernel/hardware.hpp"

#include <optional>

#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/ioapic.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/arch/x86_64/watchdog.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/memory/memory.hpp"

namespace kernel {
namespace {

class FirmwareReader final : public devices::PhysicalReader {
public:
    std::span<std::byte const> view(base::PhysAddr start, std::uint64_t size) override {
        auto const mapped = memory::map_firmware(start, size);
        if (mapped) return mapped.value();
        base::log_warning("acpi: the table at {:#x} cannot be mapped", start.raw());
        return {};
    }
};

// What boot can do without: nothing then, and a word about it.
std::optional<base::VirtAddr> map(base::PhysAddr registers) {
    auto const mapped = memory::map_device(registers, base::page_size);
    if (mapped) return mapped.value();
    base::log_warning("no memory for the registers at {:#x}", registers.raw());
    return std::nullopt;
}

// The PC's old timer interrupts by ISA line 0, which mostly arrives elsewhere, but on
// every PC at the first controller. This is route_isa_line() for that one case, small
// enough for every image.
void route_old_timer(devices::AcpiTables const& tables) {
    devices::IoApicEntry const& controller = tables.io_apics.entries[0];
    devices::InterruptOverride const timer = tables.isa_line(0);
    std::uint32_t const line = timer.interrupt - controller.first_interrupt;
    auto const registers = map(controller.registers);
    if (registers && line < arch::IoApic::fewest_lines)
        arch::IoApic(*registers)
            .route(line, arch::watchdog_vector, arch::apic_id(), timer.active_low, timer.level_triggered);
}

}  // namespace

devices::AcpiTables read_firmware_tables(base::PhysAddr rsdp) {
    FirmwareReader reader;
    devices::AcpiTables const tables = devices::read_acpi(rsdp, reader);
    if (!tables.found) base::log_warning("acpi: no tables; taking the defaults of a PC");
    return tables;
}

void init_interrupt_controllers(devices::AcpiTables const& tables) {
    arch::disable_pic();
    for (devices::IoApicEntry const& entry : tables.io_apics.all())
        if (auto const registers = map(entry.registers)) arch::IoApic(*registers).mask_all();
    auto const registers = memory::map_device(tables.local_apic, base::page_size);
    if (!registers) base::panic("not enough memory to map the local APIC");
    arch::init_apic(registers.value());
    arch::this_cpu().apic_id = arch::apic_id();
    if (tables.apic_ids.count > 1)
        base::log_info("{} processors, of which this kernel uses one", tables.apic_ids.count);
}

void init_clock(devices::AcpiTables const& tables) {
    arch::ClockHardware hardware{tables.pm_timer, {}};
    if (tables.hpet != base::PhysAddr())
        if (auto const registers = map(tables.hpet)) hardware.hpet = arch::Hpet(*registers);
    arch::init_clock(hardware);
    if (tables.io_apics.count > 0 && hardware.hpet.exists() && arch::init_watchdog(hardware.hpet))
        route_old_timer(tables);
}

}  // namespace kernel
