// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/acpi.hpp"

#include <cstring>
#include <numeric>
#include <span>
#include <string_view>

#include "simulator/devices/ioapic.hpp"
#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/pci.hpp"
#include "simulator/devices/pm_timer.hpp"

namespace sim::devices {
namespace {

// Little-endian fields appended in the order of the specification's tables.
class Table {
public:
    Table() = default;
    // With the 36-byte header that all tables share. [acpi-6.5 §5.2.6]
    Table(std::string_view signature, std::uint8_t revision) {
        text(signature, 4);
        put<4>(0);  // length, see finish()
        put<1>(revision);
        put<1>(0);  // checksum
        text("VIVARM", 6);
        text("VIVARIUM", 8);
        put<4>(1);
        text("VIV ", 4);
        put<4>(1);
    }
    template <unsigned size>
    Table& put(std::uint64_t value) {
        for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }
    Table& text(std::string_view characters, std::size_t width) {
        for (std::size_t i = 0; i < width; ++i)
            bytes_.push_back(i < characters.size() ? static_cast<std::uint8_t>(characters[i]) : ' ');
        return *this;
    }
    Table& raw(std::span<std::uint8_t const> more) {
        bytes_.insert(bytes_.end(), more.begin(), more.end());
        return *this;
    }
    // A register in I/O space. [acpi-6.5 §5.2.3.2]
    Table& port(std::uint16_t address, std::uint8_t bits) {
        return put<1>(address ? 1 : 0)
            .put<1>(bits)
            .put<1>(0)
            .put<1>(bits == 32 ? 3
                    : bits     ? 2
                               : 0)
            .put<8>(address);
    }
    std::vector<std::uint8_t> finish() {
        auto const length = static_cast<std::uint32_t>(bytes_.size());
        std::memcpy(bytes_.data() + 4, &length, 4);
        bytes_[9] = checksum(bytes_);
        return bytes_;
    }
    static std::uint8_t checksum(std::span<std::uint8_t const> bytes) {
        return static_cast<std::uint8_t>(-std::accumulate(bytes.begin(), bytes.end(), 0));
    }
    std::vector<std::uint8_t>& bytes() { return bytes_; }

private:
    std::vector<std::uint8_t> bytes_;
};

// Name (\_S5, Package (4) {5, 5, 0, 0}): what to write into SLP_TYP to turn off.
// Scope (\_SB) { Device (PCI0) { Name (_HID, EisaId ("PNP0A08")) Name (_CID, EisaId ("PNP0A03")) Name (_BBN,
// 0) } }
constexpr std::uint8_t dsdt_aml[] = {
    0x08, '_',  'S',  '5',  '_',  0x12, 0x08, 0x04, 0x0A, 0x05, 0x0A, 0x05, 0x00, 0x00,
    0x10, 0x27, '\\', '_',  'S',  'B',  '_',  0x5B, 0x82, 0x1F, 'P',  'C',  'I',  '0',
    0x08, '_',  'H',  'I',  'D',  0x0C, 0x41, 0xD0, 0x0A, 0x08, 0x08, '_',  'C',  'I',
    'D',  0x0C, 0x41, 0xD0, 0x0A, 0x03, 0x08, '_',  'B',  'B',  'N',  0x00,
};
static_assert(sizeof dsdt_aml == 14 + 1 + 0x27, "PkgLength of the scope");

Table madt(unsigned processors) {
    Table t("APIC", 4);
    t.put<4>(LocalApic::base_address).put<4>(1);  // 1: there are 8259s, too
    for (unsigned cpu = 0; cpu < processors; ++cpu)
        t.put<1>(0).put<1>(8).put<1>(cpu).put<1>(cpu).put<4>(1);  // local APIC, enabled
    t.put<1>(1).put<1>(12).put<1>(0).put<1>(0).put<4>(Ioapic::base_address).put<4>(0);
    t.put<1>(2).put<1>(10).put<1>(0).put<1>(0).put<4>(Ioapic::timer_pin).put<2>(0);  // ISA IRQ 0 is there
    t.put<1>(4).put<1>(6).put<1>(0xFF).put<2>(0).put<1>(1);                          // NMI on LINT1 of all
    return t;
}

Table mcfg() {
    Table t("MCFG", 1);
    t.put<8>(0).put<8>(PciBus::ecam_base).put<2>(0).put<1>(0).put<1>(255).put<4>(0);
    return t;
}

// [acpi-6.5 §5.2.9]
Table fadt(std::uint64_t dsdt) {
    constexpr std::uint32_t wbinvd_works = 1 << 0, power_button_absent = 1 << 4, sleep_button_absent = 1 << 5;
    Table t("FACP", 5);
    t.put<4>(0).put<4>(dsdt);         // FIRMWARE_CTRL, DSDT
    t.put<1>(0).put<1>(1).put<2>(9);  // reserved, profile: desktop, SCI on 9
    t.put<4>(0).put<4>(0);            // no SMI port: ACPI mode is always on
    t.put<4>(PmTimer::event_port)
        .put<4>(0)
        .put<4>(PmTimer::control_port)
        .put<4>(0)
        .put<4>(0)
        .put<4>(PmTimer::timer_port);
    t.put<4>(0).put<4>(0);                                                              // GPE blocks
    t.put<1>(4).put<1>(2).put<1>(0).put<1>(4).put<1>(0).put<1>(0).put<1>(0).put<1>(0);  // their lengths
    t.put<2>(0xFFF).put<2>(0xFFF);                                                      // C2, C3: no
    t.put<2>(0).put<2>(0).put<1>(0).put<1>(0);
    t.put<1>(0).put<1>(0).put<1>(0x32);  // RTC: day alarm, month alarm, century
    t.put<2>(1 << 0).put<1>(0);          // there are ISA devices; reserved
    t.put<4>(wbinvd_works | power_button_absent | sleep_button_absent);
    t.port(0, 0).put<1>(0).put<2>(0).put<1>(1);  // no reset register; minor version
    t.put<8>(0).put<8>(dsdt);
    t.port(PmTimer::event_port, 32).port(0, 0).port(PmTimer::control_port, 16).port(0, 0).port(0, 0);
    t.port(PmTimer::timer_port, 32).port(0, 0).port(0, 0);
    t.port(0, 0).port(0, 0);  // sleep control and status
    return t;
}

}  // namespace

AcpiTables make_acpi_tables(std::uint64_t start, unsigned processors) {
    AcpiTables result;
    result.start = start;
    constexpr std::size_t rsdp_length = 36;
    result.bytes.resize(48);  // the RSDP's place, 16-byte aligned
    auto const place = [&](std::vector<std::uint8_t> const& table) {
        result.bytes.resize((result.bytes.size() + 15) / 16 * 16);
        std::uint64_t const address = start + result.bytes.size();
        result.bytes.insert(result.bytes.end(), table.begin(), table.end());
        return address;
    };
    std::uint64_t const dsdt = place(Table("DSDT", 2).raw(dsdt_aml).finish());
    std::uint64_t const tables[] = {place(fadt(dsdt).finish()), place(madt(processors).finish()),
                                    place(mcfg().finish())};
    Table rsdt("RSDT", 1), xsdt("XSDT", 1);
    for (std::uint64_t const table : tables) {
        rsdt.put<4>(table);
        xsdt.put<8>(table);
    }
    std::uint64_t const rsdt_at = place(rsdt.finish()), xsdt_at = place(xsdt.finish());

    // [acpi-6.5 §5.2.5.3]
    Table rsdp;
    rsdp.text("RSD PTR ", 8).put<1>(0).text("VIVARM", 6).put<1>(2).put<4>(rsdt_at);
    rsdp.put<4>(rsdp_length).put<8>(xsdt_at).put<1>(0).put<3>(0);
    auto& bytes = rsdp.bytes();
    bytes[8] = Table::checksum(std::span(bytes).first(20));  // of what version 1 had
    bytes[32] = Table::checksum(bytes);
    std::copy(bytes.begin(), bytes.end(), result.bytes.begin());
    result.rsdp = start;
    return result;
}

}  // namespace sim::devices
