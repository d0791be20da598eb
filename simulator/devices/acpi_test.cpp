// SPDX-License-Identifier: GPL-2.0-or-later
//
// Read back as a kernel reads them: by signature, length and checksum.
#include "simulator/devices/acpi.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>

namespace sim::devices {
namespace {

constexpr std::uint64_t start = 0xF'0000;

struct Tables {
    AcpiTables tables = make_acpi_tables(start, AcpiBoard{});

    template <class T>
    T at(std::uint64_t address) const {
        T value{};
        std::uint64_t const offset = address - start;
        EXPECT_LE(offset + sizeof(T), tables.bytes.size());
        std::memcpy(&value, tables.bytes.data() + offset, sizeof value);
        return value;
    }
    std::string signature(std::uint64_t address) const {
        return {reinterpret_cast<char const*>(tables.bytes.data() + (address - start)), 4};
    }
    bool sums_to_zero(std::uint64_t address, std::size_t length) const {
        auto const first = tables.bytes.begin() + static_cast<std::ptrdiff_t>(address - start);
        return static_cast<std::uint8_t>(
                   std::accumulate(first, first + static_cast<std::ptrdiff_t>(length), 0)) == 0;
    }
    std::uint64_t find(std::string const& name) const {
        auto const xsdt = at<std::uint64_t>(tables.rsdp + 24);
        for (std::uint64_t entry = xsdt + 36; entry < xsdt + at<std::uint32_t>(xsdt + 4); entry += 8)
            if (signature(at<std::uint64_t>(entry)) == name) return at<std::uint64_t>(entry);
        return 0;
    }
};

TEST(Acpi, the_root_pointer_is_sound_in_both_versions) {
    Tables t;
    EXPECT_EQ(t.tables.rsdp % 16, 0u);
    EXPECT_EQ(std::memcmp(t.tables.bytes.data(), "RSD PTR ", 8), 0);
    EXPECT_TRUE(t.sums_to_zero(start, 20));
    EXPECT_TRUE(t.sums_to_zero(start, 36));
    EXPECT_EQ(t.at<std::uint32_t>(start + 20), 36u);
}

TEST(Acpi, every_table_has_its_length_and_checksum) {
    Tables t;
    auto const rsdt = t.at<std::uint32_t>(start + 16);
    auto const xsdt = t.at<std::uint64_t>(start + 24);
    auto const fadt = t.find("FACP");
    EXPECT_EQ(t.signature(rsdt), "RSDT");
    EXPECT_EQ(t.signature(xsdt), "XSDT");
    for (std::uint64_t const table : {std::uint64_t{rsdt}, xsdt, fadt, t.find("APIC"), t.find("MCFG"),
                                      t.find("HPET"), t.at<std::uint64_t>(fadt + 140)}) {
        ASSERT_NE(table, 0u);
        EXPECT_TRUE(t.sums_to_zero(table, t.at<std::uint32_t>(table + 4))) << t.signature(table);
    }
    EXPECT_EQ(t.signature(t.at<std::uint64_t>(fadt + 140)), "DSDT");
}

TEST(Acpi, the_fadt_has_its_fields_where_the_specification_puts_them) {
    Tables t;
    auto const fadt = t.find("FACP");
    EXPECT_EQ(t.at<std::uint32_t>(fadt + 4), 268u);
    EXPECT_EQ(t.at<std::uint32_t>(fadt + 76), 0x608u);  // PM_TMR_BLK
    EXPECT_EQ(t.at<std::uint8_t>(fadt + 91), 4u);       // PM_TMR_LEN
    EXPECT_EQ(t.at<std::uint8_t>(fadt + 108), 0x32u);   // CENTURY
    EXPECT_EQ(t.at<std::uint8_t>(fadt + 208), 1u);      // X_PM_TMR_BLK: I/O space
    EXPECT_EQ(t.at<std::uint64_t>(fadt + 212), 0x608u);
}

TEST(Acpi, there_is_a_facs_for_those_who_want_the_lock) {
    Tables t;
    auto const facs = t.at<std::uint32_t>(t.find("FACP") + 36);
    EXPECT_EQ(facs % 64, 0u);
    EXPECT_EQ(t.signature(facs), "FACS");
    EXPECT_EQ(t.at<std::uint32_t>(facs + 4), 64u);
    EXPECT_EQ(t.at<std::uint32_t>(facs + 16), 0u);  // the lock is free
    EXPECT_EQ(t.at<std::uint8_t>(facs + 32), 2u);
}

TEST(Acpi, the_fadt_tells_how_to_reset) {
    Tables t;
    auto const fadt = t.find("FACP");
    EXPECT_TRUE(t.at<std::uint32_t>(fadt + 112) & 1 << 10);  // RESET_REG_SUP
    EXPECT_EQ(t.at<std::uint8_t>(fadt + 116), 1u);           // I/O space
    EXPECT_EQ(t.at<std::uint8_t>(fadt + 117), 8u);           // bits
    EXPECT_EQ(t.at<std::uint64_t>(fadt + 120), 0xCF9u);
    EXPECT_EQ(t.at<std::uint8_t>(fadt + 128), 6u);     // RESET_VALUE
    EXPECT_TRUE(t.at<std::uint16_t>(fadt + 109) & 2);  // a keyboard controller
}

TEST(Acpi, the_hpet_table_says_where_and_how_many) {
    Tables t;
    auto const hpet = t.find("HPET");
    EXPECT_EQ(t.at<std::uint32_t>(hpet + 4), 56u);
    EXPECT_EQ(t.at<std::uint64_t>(hpet + 44), 0xFED0'0000u);
    EXPECT_EQ(t.at<std::uint32_t>(hpet + 36) >> 8 & 31, 2u);
    t.tables = make_acpi_tables(start, {.hpet = false});
    EXPECT_EQ(t.find("HPET"), 0u);
}

TEST(Acpi, as_many_processors_as_there_are) {
    Tables t;
    t.tables = make_acpi_tables(start, {.processors = 64});
    auto const madt = t.find("APIC");
    int lapics = 0;
    for (std::uint64_t entry = madt + 44; entry < madt + t.at<std::uint32_t>(madt + 4);
         entry += t.at<std::uint8_t>(entry + 1))
        lapics += t.at<std::uint8_t>(entry) == 0;
    EXPECT_EQ(lapics, 64);
    EXPECT_LT(t.tables.bytes.size(), 0x1'0000u);  // what the memory map keeps for them
}

TEST(Acpi, the_madt_names_the_interrupt_controllers) {
    Tables t;
    auto const madt = t.find("APIC");
    EXPECT_EQ(t.at<std::uint32_t>(madt + 36), 0xFEE00000u);
    int lapics = 0, ioapics = 0;
    std::uint64_t const end = madt + t.at<std::uint32_t>(madt + 4);
    std::uint64_t entry = madt + 44;
    for (; entry < end; entry += t.at<std::uint8_t>(entry + 1)) {
        lapics += t.at<std::uint8_t>(entry) == 0;
        if (t.at<std::uint8_t>(entry) == 1) {
            ++ioapics;
            EXPECT_EQ(t.at<std::uint32_t>(entry + 4), 0xFEC00000u);
        }
    }
    EXPECT_EQ(entry, end);
    EXPECT_EQ(lapics, 1);
    EXPECT_EQ(ioapics, 1);
}

TEST(Acpi, virtio_outside_pci_interrupts_by_level) {
    Tables t;
    t.tables = make_acpi_tables(start, {.virtio_mmio = {{0xFEB0'0000, 5}}});
    auto const madt = t.find("APIC");
    unsigned levels = 0;
    for (std::uint64_t entry = madt + 44; entry < madt + t.at<std::uint32_t>(madt + 4);
         entry += t.at<std::uint8_t>(entry + 1))
        if (t.at<std::uint8_t>(entry) == 2 && t.at<std::uint8_t>(entry + 3) == 5) {
            ++levels;
            EXPECT_EQ(t.at<std::uint32_t>(entry + 4), 5u);
            EXPECT_EQ(t.at<std::uint16_t>(entry + 8), 0x0Du);  // level, active high
        }
    EXPECT_EQ(levels, 1u);
    // Extended interrupt descriptor: consumer, level, high, one interrupt. [acpi-6.5 §6.4.3.6]
    constexpr std::uint8_t descriptor[] = {0x89, 6, 0, 1, 1, 5, 0, 0, 0};
    auto const& bytes = t.tables.bytes;
    EXPECT_NE(std::search(bytes.begin(), bytes.end(), std::begin(descriptor), std::end(descriptor)),
              bytes.end());
}

TEST(Acpi, the_mcfg_tells_where_configuration_space_is) {
    Tables t;
    auto const mcfg = t.find("MCFG");
    EXPECT_EQ(t.at<std::uint32_t>(mcfg + 4), 60u);
    EXPECT_EQ(t.at<std::uint64_t>(mcfg + 44), 0xE000'0000u);
    EXPECT_EQ(t.at<std::uint8_t>(mcfg + 55), 255u);
}

}  // namespace
}  // namespace sim::devices
