// SPDX-License-Identifier: MIT
//
// The two ways to PCI's configuration space on a PC.
#pragma once

#include <span>

#include "kernel/base/result.hpp"
#include "kernel/devices/acpi.hpp"
#include "kernel/devices/pci.hpp"
#include "kernel/memory/error.hpp"
#include "kernel/memory/memory_map.hpp"

namespace devices {

// Two I/O ports: the address into one, the data through the other. Slow, old,
// always there. [pci-3.0 §3.2.2.3.2]
class PciPorts final : public PciConfig {
public:
    std::uint32_t read(PciAddress function, std::uint16_t offset) override;
    void write(PciAddress function, std::uint16_t offset, std::uint32_t value) override;
};

// The whole space in memory, 4 KiB a function, 1 MiB a bus. [pcie-5.0 §7.2.2] A
// bus is mapped when it is first asked for.
class PciEcam final : public PciConfig {
public:
    void use(EcamRange range) { range_ = range; }
    std::uint32_t read(PciAddress function, std::uint16_t offset) override;
    void write(PciAddress function, std::uint16_t offset, std::uint32_t value) override;

private:
    // Where the register is mapped; nothing for a bus outside the range.
    std::optional<base::VirtAddr> find(PciAddress function, std::uint16_t offset);

    EcamRange range_;
    static std::array<base::VirtAddr, 256> buses_;  // where each is mapped; there is one such space
};

// Boot: finds every function and gives its registers a place, which is not in RAM.
// `ram_end` is where RAM below 4 GiB ends.
void init_pci(AcpiTables const& tables, memory::MemoryMap const& ram, base::PhysAddr ram_end);

PciConfig& pci_config();
std::span<PciFunction const> pci_functions();

// Maps a function's BAR. The registers stay mapped for ever.
base::Result<base::VirtAddr, memory::MemoryError> map_bar(PciFunction const& function, unsigned bar);

// Sends entry `entry` of the function's MSI-X table to `handler(context)`, on
// this processor. The first call enables MSI-X for the function.
enum class MsixError : std::uint8_t { not_supported, no_such_entry, no_vector_left, not_mapped };
base::Result<void, MsixError> route_msix(PciFunction const& function, unsigned entry,
                                         void (*handler)(void* context), void* context);
// That entry interrupts no more. In any context.
void mask_msix(PciFunction const& function, unsigned entry);

}  // namespace devices
