// SPDX-License-Identifier: MIT
#include "kernel/devices/acpi.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace devices {
namespace {

using base::PhysAddr;
using Bytes = std::span<std::byte const>;

constexpr std::size_t header_size = 36;         // [acpi-6.5 §5.2.6]
constexpr std::size_t largest_table = 1 << 20;  // nothing that we read comes near
constexpr std::size_t most_tables = 64;

// An integer at an offset; 0 beyond the end, which no field we use takes for good.
template <class T>
T field(Bytes bytes, std::size_t offset) {
    T value{};
    if (offset <= bytes.size() && sizeof(T) <= bytes.size() - offset)
        std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

std::string_view signature(Bytes bytes, std::size_t length) {
    return {reinterpret_cast<char const*>(bytes.data()), std::min(length, bytes.size())};
}

bool sums_to_zero(Bytes bytes) {
    std::uint8_t sum = 0;
    for (std::byte const b : bytes) sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(b));
    return sum == 0;
}

// The root pointer. [acpi-6.5 §5.2.5.3] 20 bytes since 1.0, 36 since 2.0.
Bytes root_at(PhysAddr address, PhysicalReader& memory) {
    Bytes const old = memory.view(address, 20);
    if (old.size() < 20 || signature(old, 8) != "RSD PTR " || !sums_to_zero(old.first(20))) return {};
    if (field<std::uint8_t>(old, 15) < 2) return old.first(20);
    Bytes const full = memory.view(address, 36);
    return full.size() >= 36 && sums_to_zero(full.first(36)) ? full.first(36) : old.first(20);
}

Bytes search(PhysAddr first, std::uint64_t size, PhysicalReader& memory) {
    for (std::uint64_t at = 0; at + 20 <= size; at += 16)
        if (Bytes const found = root_at(first + at, memory); !found.empty()) return found;
    return {};
}

// A BIOS leaves it in the first KiB of its extended data area or in the top
// 128 KiB of the first MiB. [acpi-6.5 §5.2.5.1]
Bytes find_root(PhysAddr hint, PhysicalReader& memory) {
    if (hint != PhysAddr()) return root_at(hint, memory);
    auto const segment = field<std::uint16_t>(memory.view(PhysAddr(0x40e), 2), 0);
    Bytes const found = segment == 0 ? Bytes{} : search(PhysAddr(std::uint64_t{segment} << 4), 1024, memory);
    return found.empty() ? search(PhysAddr(0xe0000), 0x20000, memory) : found;
}

// A whole table, if it is one.
Bytes table_at(PhysAddr address, PhysicalReader& memory) {
    Bytes const header = memory.view(address, header_size);
    if (address == PhysAddr() || header.size() < header_size) return {};
    auto const length = field<std::uint32_t>(header, 4);
    if (length < header_size || length > largest_table) return {};
    Bytes const table = memory.view(address, length);
    return table.size() >= length && sums_to_zero(table.first(length)) ? table.first(length) : Bytes{};
}

// Interrupt controllers: a list of records, each with a type and a length.
// [acpi-6.5 §5.2.12]
void read_madt(Bytes table, AcpiTables& out) {
    out.local_apic = PhysAddr(field<std::uint32_t>(table, 36));
    std::size_t at = 44;
    while (at + 2 <= table.size()) {
        Bytes const rest = table.subspan(at);
        auto const type = field<std::uint8_t>(rest, 0);
        auto const length = field<std::uint8_t>(rest, 1);
        if (length < 2 || length > rest.size()) return;  // a record that goes nowhere
        Bytes const record = rest.first(length);
        constexpr std::uint32_t enabled = 1;
        if (type == 0 && length >= 8 && (field<std::uint32_t>(record, 4) & enabled) != 0)
            out.apic_ids.add(field<std::uint8_t>(record, 3));
        if (type == 9 && length >= 16 && (field<std::uint32_t>(record, 8) & enabled) != 0)
            out.apic_ids.add(field<std::uint32_t>(record, 4));
        if (type == 1 && length >= 12)
            out.io_apics.add({field<std::uint8_t>(record, 2), PhysAddr(field<std::uint32_t>(record, 4)),
                              field<std::uint32_t>(record, 8)});
        if (type == 2 && length >= 10) {
            auto const flags = field<std::uint16_t>(record, 8);
            out.overrides.add({field<std::uint8_t>(record, 3), field<std::uint32_t>(record, 4),
                               (flags & 3) == 3, (flags >> 2 & 3) == 3});
        }
        if (type == 5 && length >= 12) out.local_apic = PhysAddr(field<std::uint64_t>(record, 4));
        at += length;
    }
}

// The fixed description: of it only the timer. [acpi-6.5 §5.2.9]
void read_fadt(Bytes table, AcpiTables& out) {
    constexpr std::uint32_t timer_is_32_bits = 1 << 8;  // TMR_VAL_EXT
    out.pm_timer.port = static_cast<std::uint16_t>(field<std::uint32_t>(table, 76));
    // X_PM_TMR_BLK: a generic address; space 1 is I/O ports.
    auto const extended = field<std::uint64_t>(table, 208 + 4);
    if (field<std::uint8_t>(table, 208) == 1 && extended != 0 && extended <= 0xffff)
        out.pm_timer.port = static_cast<std::uint16_t>(extended);
    if (field<std::uint8_t>(table, 91) != 4) out.pm_timer.port = 0;  // PM_TMR_LEN: 4, or no timer
    out.pm_timer.is_32_bits = (field<std::uint32_t>(table, 112) & timer_is_32_bits) != 0;
}

// PCI's memory-mapped configuration space. [pci-firmware §4.1.2]
void read_mcfg(Bytes table, AcpiTables& out) {
    for (std::size_t at = 44; at + 16 <= table.size(); at += 16) {
        EcamRange const range{PhysAddr(field<std::uint64_t>(table, at)), field<std::uint16_t>(table, at + 8),
                              field<std::uint8_t>(table, at + 10), field<std::uint8_t>(table, at + 11)};
        if (range.start.page_offset() == 0 && range.first_bus <= range.last_bus) out.ecam.add(range);
    }
}

// Where the high precision event timer has its registers: a generic address; space
// 0 is memory. [hpet-1.0a §3.2.4]
void read_hpet(Bytes table, AcpiTables& out) {
    if (table.size() >= 52 && field<std::uint8_t>(table, 40) == 0)
        out.hpet = PhysAddr(field<std::uint64_t>(table, 44));
}

}  // namespace

AcpiTables read_acpi(PhysAddr rsdp, PhysicalReader& memory) {
    AcpiTables out;
    Bytes const root = find_root(rsdp, memory);
    if (root.empty()) return out;

    // Since 2.0 the list has 8-byte addresses (XSDT); the old one has 4 (RSDT).
    Bytes list = root.size() >= 36 ? table_at(PhysAddr(field<std::uint64_t>(root, 24)), memory) : Bytes{};
    std::size_t entry_size = 8;
    if (list.empty() || signature(list, 4) != "XSDT") {
        list = table_at(PhysAddr(field<std::uint32_t>(root, 16)), memory);
        entry_size = 4;
        if (list.empty() || signature(list, 4) != "RSDT") return out;
    }
    out.found = true;
    std::size_t const count = std::min((list.size() - header_size) / entry_size, most_tables);
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t const at = header_size + i * entry_size;
        PhysAddr const address(entry_size == 8 ? field<std::uint64_t>(list, at)
                                               : field<std::uint32_t>(list, at));
        Bytes const table = table_at(address, memory);
        if (table.empty()) continue;
        std::string_view const name = signature(table, 4);
        if (name == "APIC") read_madt(table, out);
        if (name == "FACP") read_fadt(table, out);
        if (name == "HPET") read_hpet(table, out);
        if (name == "MCFG") read_mcfg(table, out);
    }
    return out;
}

}  // namespace devices
