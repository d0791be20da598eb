// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/acpi.hpp"

#include <cstring>
#include <numeric>
#include <span>
#include <string_view>

#include "simulator/devices/dsdt.hpp"
#include "simulator/devices/hpet.hpp"
#include "simulator/devices/ioapic.hpp"
#include "simulator/devices/local_apic.hpp"
#include "simulator/devices/pci.hpp"
#include "simulator/devices/pm_timer.hpp"
#include "simulator/devices/reset_control.hpp"

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
            .put<1>(bits == 32   ? 3
                    : bits == 16 ? 2
                    : bits == 8  ? 1
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

// [acpi-6.5 §5.2.12]
Table madt(AcpiBoard const& board) {
    constexpr std::uint16_t high_and_level = 0x000D;
    Table t("APIC", 4);
    t.put<4>(LocalApic::base_address).put<4>(1);  // 1: there are 8259s, too
    for (unsigned cpu = 0; cpu < board.processors; ++cpu)
        t.put<1>(0).put<1>(8).put<1>(cpu).put<1>(cpu).put<4>(1);  // local APIC, enabled
    t.put<1>(1).put<1>(12).put<1>(0).put<1>(0).put<4>(Ioapic::base_address).put<4>(0);
    t.put<1>(2).put<1>(10).put<1>(0).put<1>(0).put<4>(Ioapic::timer_pin).put<2>(0);  // ISA IRQ 0 is there
    // The SCI, what PIRQs may be routed to, and virtio outside PCI are levels.
    std::vector<unsigned> levels{9, 10, 11};
    for (auto const& device : board.virtio_mmio) levels.push_back(device.irq);
    for (unsigned irq : levels)
        t.put<1>(2).put<1>(10).put<1>(0).put<1>(irq).put<4>(irq).put<2>(high_and_level);
    t.put<1>(4).put<1>(6).put<1>(0xFF).put<2>(0).put<1>(1);  // NMI on LINT1 of all
    return t;
}

// [hpet-1.0a §3.2.4]
Table hpet() {
    Table t("HPET", 1);
    t.put<4>(Hpet::capabilities & 0xFFFF'FFFF);
    t.put<1>(0).put<1>(64).put<1>(0).put<1>(0).put<8>(Hpet::base_address);
    t.put<1>(0).put<2>(Hpet::least_ticks).put<1>(0);
    return t;
}

Table mcfg() {
    Table t("MCFG", 1);
    t.put<8>(0).put<8>(PciBus::ecam_base).put<2>(0).put<1>(0).put<1>(255).put<4>(0);
    return t;
}

// [acpi-6.5 §5.2.9]
Table fadt(std::uint64_t facs, std::uint64_t dsdt) {
    constexpr std::uint32_t wbinvd_works = 1 << 0, c1_works = 1 << 2, power_button_absent = 1 << 4,
                            sleep_button_absent = 1 << 5, rtc_wakes_nobody = 1 << 6,
                            reset_register_works = 1 << 10;
    constexpr std::uint16_t isa_devices = 1 << 0, keyboard_controller = 1 << 1, no_vga = 1 << 2;
    Table t("FACP", 5);
    t.put<4>(facs).put<4>(dsdt);      // FIRMWARE_CTRL, DSDT
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
    t.put<2>(isa_devices | keyboard_controller | no_vga).put<1>(0);
    t.put<4>(wbinvd_works | c1_works | power_button_absent | sleep_button_absent | rtc_wakes_nobody |
             reset_register_works);
    t.port(ResetControl::chipset_port, 8).put<1>(ResetControl::full_reset);
    t.put<2>(0).put<1>(1);  // not an ARM; minor version
    t.put<8>(0).put<8>(dsdt);
    t.port(PmTimer::event_port, 32).port(0, 0).port(PmTimer::control_port, 16).port(0, 0).port(0, 0);
    t.port(PmTimer::timer_port, 32).port(0, 0).port(0, 0);
    t.port(0, 0).port(0, 0);  // sleep control and status
    return t;
}

// Nothing is ever woken by it, and nobody else holds the lock. [acpi-6.5 §5.2.10]
std::vector<std::uint8_t> facs() {
    constexpr std::uint32_t length = 64;
    Table t;
    t.text("FACS", 4).put<4>(length).put<4>(0).put<4>(0).put<4>(0).put<4>(0).put<8>(0).put<1>(2);
    t.bytes().resize(length);
    return t.bytes();
}

}  // namespace

AcpiTables make_acpi_tables(std::uint64_t start, AcpiBoard const& board) {
    AcpiTables result;
    result.start = start;
    constexpr std::size_t rsdp_length = 36;
    result.bytes.resize(48);  // the RSDP's place, 16-byte aligned
    auto const place = [&](std::vector<std::uint8_t> const& table, std::uint64_t alignment = 16) {
        while ((start + result.bytes.size()) % alignment != 0) result.bytes.push_back(0);
        std::uint64_t const address = start + result.bytes.size();
        result.bytes.insert(result.bytes.end(), table.begin(), table.end());
        return address;
    };
    std::uint64_t const dsdt = place(Table("DSDT", 2).raw(dsdt_aml(board)).finish());
    std::uint64_t const facs_at = place(facs(), 64);
    std::vector<std::uint64_t> tables = {place(fadt(facs_at, dsdt).finish()), place(madt(board).finish()),
                                         place(mcfg().finish())};
    if (board.hpet) tables.push_back(place(hpet().finish()));
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
