// SPDX-License-Identifier: MIT
//
// PCI: finding the functions on the buses, giving addresses to their registers,
// and walking their capabilities. Portable: the configuration space is an
// interface, with two ways to reach the real one in pci_access.hpp.
// [pci-3.0 §6]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "kernel/base/address.hpp"
#include "kernel/base/format.hpp"
#include "kernel/base/result.hpp"

namespace devices {

// Four octets long: three would not go into a register at once.
struct alignas(4) PciAddress {
    std::uint8_t bus = 0;
    std::uint8_t device = 0;    // 0 to 31
    std::uint8_t function = 0;  // 0 to 7
    friend constexpr bool operator==(PciAddress, PciAddress) = default;
};
void format_value(base::TextSink& sink, PciAddress const& address);  // 00:02.0

// Configuration space, four bytes at a time; the offset is a multiple of 4.
// What is not there reads as all ones.
class PciConfig {
public:
    virtual std::uint32_t read(PciAddress function, std::uint16_t offset) = 0;
    virtual void write(PciAddress function, std::uint16_t offset, std::uint32_t value) = 0;

    std::uint16_t read16(PciAddress function, std::uint16_t offset);
    std::uint8_t read8(PciAddress function, std::uint16_t offset);
    void write16(PciAddress function, std::uint16_t offset, std::uint16_t value);

protected:
    ~PciConfig() = default;
};

// Offsets in the header. [pci-3.0 §6.1]
namespace pci_offset {
constexpr std::uint16_t vendor = 0x00;
constexpr std::uint16_t device = 0x02;
constexpr std::uint16_t command = 0x04;
constexpr std::uint16_t status = 0x06;
constexpr std::uint16_t class_code = 0x08;
constexpr std::uint16_t header_type = 0x0e;
constexpr std::uint16_t bar0 = 0x10;
constexpr std::uint16_t secondary_bus = 0x19;  // bridges
constexpr std::uint16_t subsystem = 0x2e;
constexpr std::uint16_t capabilities = 0x34;
}  // namespace pci_offset
constexpr std::uint16_t pci_command_io = 1 << 0;
constexpr std::uint16_t pci_command_memory = 1 << 1;
constexpr std::uint16_t pci_command_master = 1 << 2;  // may read and write memory itself
constexpr std::uint16_t pci_command_no_intx = 1 << 10;
constexpr std::uint8_t pci_capability_vendor = 0x09;
constexpr std::uint8_t pci_capability_msix = 0x11;

enum class BarKind : std::uint8_t { none, memory, io };

// A base address register: a range of the function's registers.
struct PciBar {
    BarKind kind = BarKind::none;
    bool is_64_bits = false;
    std::uint64_t address = 0;  // 0: not assigned
    std::uint64_t size = 0;
};

struct PciFunction {
    PciAddress address;
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint16_t subsystem = 0;
    std::uint8_t base_class = 0;
    std::uint8_t sub_class = 0;
    bool is_bridge = false;
    std::array<PciBar, 6> bars;  // the upper half of a 64-bit one is none
};

// Every function behind bus 0, in order of its address. More than `out` holds
// are left out; how many there are is returned.
std::size_t enumerate_pci(PciConfig& config, std::span<PciFunction> out);

// Where devices' registers may be placed: physical addresses that are not RAM.
struct PciWindow {
    std::uint64_t start;
    std::uint64_t end;
};

// Gives an address to every memory BAR that has none, or one that another's registers have,
// too: the first of two that claim the same moves away, so that both can be used. Firmware's
// other choices stay where they are, but one that lies in `taken` (RAM, ECAM, APICs, HPET) counts
// as none: its registers cannot be used, and nobody has to keep away from them. Nor can those be
// used that do not fit, or that do not go where they are sent; such have no address. False: some
// had no place, or no place of their own.
bool assign_bars(PciConfig& config, std::span<PciFunction> functions, PciWindow window,
                 std::span<PciWindow const> taken);

// Memory decoding and bus mastering, for whoever drives the function. False, and
// nothing is switched on: registers of it have no place, and would be in another's.
[[nodiscard]] bool switch_on(PciConfig& config, PciFunction const& function);

// The offset of the next capability with this id after `after` (0: the first).
// Lists that loop or leave the header end. [pci-3.0 §6.7]
std::optional<std::uint8_t> find_capability(PciConfig& config, PciAddress function, std::uint8_t id,
                                            std::uint8_t after = 0);

// MSI-X: each entry of a table in the function's memory is an address and a
// value to write there; on x86 that write is an interrupt. [pci-3.0 §6.8.2],
// [sdm-3a §10.11]
struct MsixTable {
    std::uint8_t capability = 0;  // its offset in configuration space
    std::uint8_t bar = 0;
    std::uint32_t offset = 0;  // of the table, in that BAR
    std::uint16_t entries = 0;
};
std::optional<MsixTable> find_msix(PciConfig& config, PciFunction const& function);
// On for the whole function, and the old interrupt pin off.
void enable_msix(PciConfig& config, PciFunction const& function, MsixTable const& table);

struct MsixMessage {
    std::uint64_t address;
    std::uint32_t data;
};
// The write that raises `vector` on the processor with this APIC.
constexpr MsixMessage msix_message(std::uint8_t vector, std::uint32_t apic_id) {
    return {0xfee0'0000u | (std::uint64_t{apic_id & 0xff} << 12), vector};
}

}  // namespace devices
