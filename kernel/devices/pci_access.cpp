// SPDX-License-Identifier: MIT
#include "kernel/devices/pci_access.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/mmio.hpp"
#include "kernel/arch/x86_64/port.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/log.hpp"
#include "kernel/memory/memory.hpp"

namespace devices {
namespace {

constexpr std::size_t most_functions = 32;

constinit PciPorts ports;
constinit PciEcam ecam;
constinit PciConfig* config = &ports;
constinit PciFunction functions[most_functions];
constinit std::size_t function_count = 0;

// Registers go between the end of RAM and the interrupt controllers.
constexpr std::uint64_t lowest_window = 0xc000'0000;
constexpr std::uint64_t window_end = 0xfec0'0000;  // the usual place of the I/O APIC [82093aa §3.1]

}  // namespace

// Mechanism #1: the address goes to CONFIG_ADDRESS, then the word is in CONFIG_DATA.
// [pci-3.0 §3.2.2.3.2]
std::uint32_t PciPorts::read(PciAddress f, std::uint16_t offset) {
    arch::Port<std::uint32_t>(0xcf8).write(1u << 31 | std::uint32_t{f.bus} << 16 |
                                           std::uint32_t{f.device} << 11 | std::uint32_t{f.function} << 8 |
                                           (offset & 0xfcu));
    return arch::Port<std::uint32_t>(0xcfc).read();
}

// [pci-3.0 §3.2.2.3.2]
void PciPorts::write(PciAddress f, std::uint16_t offset, std::uint32_t value) {
    arch::Port<std::uint32_t>(0xcf8).write(1u << 31 | std::uint32_t{f.bus} << 16 |
                                           std::uint32_t{f.device} << 11 | std::uint32_t{f.function} << 8 |
                                           (offset & 0xfcu));
    arch::Port<std::uint32_t>(0xcfc).write(value);
}

constinit std::array<base::VirtAddr, 256> PciEcam::buses_{};

// 4 KiB of memory for each function: 1 MiB a bus, 32 KiB a device. [pcie-5.0 §7.2.2]
std::optional<base::VirtAddr> PciEcam::find(PciAddress f, std::uint16_t offset) {
    constexpr std::uint64_t bus_size = 1 << 20;
    if (f.bus < range_.first_bus || f.bus > range_.last_bus) return std::nullopt;
    base::VirtAddr& bus = buses_[f.bus];
    if (bus == base::VirtAddr()) {
        auto const mapped = memory::map_device(range_.start + f.bus * bus_size, bus_size);
        if (!mapped) {
            base::log_warning("PCI: no memory to see bus {}", f.bus);
            return std::nullopt;
        }
        bus = mapped.value();
    }
    return bus + (std::uint64_t{f.device} << 15 | std::uint64_t{f.function} << 12 | offset);
}

std::uint32_t PciEcam::read(PciAddress function, std::uint16_t offset) {
    auto const at = find(function, offset);
    return at ? arch::Mmio<std::uint32_t>(*at).read() : 0xffff'ffff;
}

void PciEcam::write(PciAddress function, std::uint16_t offset, std::uint32_t value) {
    if (auto const at = find(function, offset)) arch::Mmio<std::uint32_t>(*at).write(value);
}

void init_pci(AcpiTables const& tables, memory::MemoryMap const& ram, base::PhysAddr ram_end) {
    PciWindow taken[memory::MemoryMap::max_ranges + 10];
    PciWindow* end = taken;
    for (memory::FrameRange const& range : ram.usable())
        *end++ = {range.first.start().raw(), range.end.start().raw()};
    for (IoApicEntry const& entry : tables.io_apics.all())
        *end++ = {entry.registers.raw(), entry.registers.raw() + base::page_size};
    // The local APIC, and where MSI is written to. [sdm-3a §10.11.1]
    *end++ = {tables.local_apic.raw(), tables.local_apic.raw() + (1 << 20)};
    *end++ = {tables.hpet.raw(), tables.hpet.raw() + base::page_size};
    for (EcamRange const& range : tables.ecam.all()) {
        if (range.segment != 0) continue;
        *end++ = {range.start.raw(), range.start.raw() + ((std::uint64_t{range.last_bus} + 1) << 20)};
        if (range.first_bus != 0) continue;
        ecam.use(range);
        config = &ecam;
    }
    std::size_t const found = enumerate_pci(*config, functions);
    function_count = std::min(found, most_functions);
    if (found > most_functions) base::log_warning("pci: {} functions, the first {} are used", found, most_functions);
    std::uint64_t const start = std::max(lowest_window, ram_end.align_up(1 << 20).raw());
    bool const all = assign_bars(*config, {functions, function_count}, {start, window_end}, {taken, end});
    if (!all) base::log_warning("pci: some registers had no place of their own");
    for (PciFunction const& f : pci_functions())
        base::log_debug("pci: {} {:04x}:{:04x} class {:02x}{:02x}", f.address, f.vendor, f.device,
                        f.base_class, f.sub_class);
}

PciConfig& pci_config() { return *config; }
std::span<PciFunction const> pci_functions() { return {functions, function_count}; }

base::Result<base::VirtAddr, memory::MemoryError> map_bar(PciFunction const& function, unsigned index) {
    PciBar const& bar = function.bars[index];
    if (bar.kind != BarKind::memory || bar.address == 0) return base::fail(memory::MemoryError::not_mapped);
    return memory::map_device(base::PhysAddr(bar.address), bar.size);
}

namespace {

// The four words of an MSI-X table entry. [pci-3.0 §6.8.2.6]
constexpr unsigned entry_size = 16;
constexpr unsigned vector_control = 12;
constexpr std::uint32_t entry_masked = 1;

// A function's table, mapped once for all its entries.
struct MappedMsix {
    PciAddress function;
    MsixTable table;
    base::VirtAddr entries;
};
constinit MappedMsix mapped_msix[most_functions];
constinit std::size_t mapped_msix_count = 0;

base::Result<MappedMsix*, MsixError> msix_of(PciFunction const& function) {
    for (std::size_t i = 0; i < mapped_msix_count; ++i)
        if (mapped_msix[i].function == function.address) return &mapped_msix[i];
    auto const table = find_msix(*config, function);
    if (!table || mapped_msix_count == most_functions) return base::fail(MsixError::not_supported);
    base::PhysAddr const start(function.bars[table->bar].address + table->offset);
    auto const mapped = memory::map_device(start, std::uint64_t{table->entries} * entry_size);
    if (!mapped) return base::fail(MsixError::not_mapped);
    // Masked one by one before the function as a whole is switched on.
    for (unsigned i = 0; i < table->entries; ++i)
        arch::Mmio<std::uint32_t>(mapped.value() + i * entry_size + vector_control).write(entry_masked);
    enable_msix(*config, function, *table);
    MappedMsix& entry = mapped_msix[mapped_msix_count++];
    entry = {function.address, *table, mapped.value()};
    return &entry;
}

}  // namespace

base::Result<void, MsixError> route_msix(PciFunction const& function, unsigned index,
                                         void (*handler)(void* context), void* context) {
    MappedMsix const& msix = *TRY(msix_of(function));
    if (index >= msix.table.entries) return base::fail(MsixError::no_such_entry);
    auto const vector = arch::allocate_vector(handler, context);
    if (!vector) return base::fail(MsixError::no_vector_left);
    MsixMessage const message = msix_message(vector.value(), arch::apic_id());
    base::VirtAddr const entry = msix.entries + index * entry_size;
    arch::Mmio<std::uint32_t>(entry + 0).write(static_cast<std::uint32_t>(message.address));
    arch::Mmio<std::uint32_t>(entry + 4).write(static_cast<std::uint32_t>(message.address >> 32));
    arch::Mmio<std::uint32_t>(entry + 8).write(message.data);
    arch::Mmio<std::uint32_t>(entry + vector_control).write(0);
    return {};
}

void mask_msix(PciFunction const& function, unsigned index) {
    auto const msix = msix_of(function);
    if (!msix || index >= msix.value()->table.entries) return;
    base::VirtAddr const entry = msix.value()->entries + index * entry_size;
    arch::Mmio<std::uint32_t>(entry + vector_control).write(entry_masked);
}

}  // namespace devices
