// SPDX-License-Identifier: MIT
#include "kernel/devices/acpi.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace devices {
namespace {

using base::PhysAddr;

// Firmware's memory: pieces at addresses; everything between cannot be reached.
class FakeFirmware final : public PhysicalReader {
public:
    std::map<std::uint64_t, std::vector<std::uint8_t>> pieces;

    std::span<std::byte const> view(PhysAddr start, std::uint64_t size) override {
        auto it = pieces.upper_bound(start.raw());
        if (it == pieces.begin()) return {};
        --it;
        std::uint64_t const offset = start.raw() - it->first;
        if (offset > it->second.size() || size > it->second.size() - offset) return {};
        return std::as_bytes(std::span(it->second).subspan(offset, size));
    }
};

// Bytes, grown field by field.
struct Bytes {
    std::vector<std::uint8_t> data;
    Bytes& text(std::string const& t) {
        data.insert(data.end(), t.begin(), t.end());
        return *this;
    }
    Bytes& number(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) data.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }
    Bytes& zeros(std::size_t up_to) {
        data.resize(up_to);
        return *this;
    }
    void put(std::size_t at, std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) data.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
    }
    void fix_sum(std::size_t at, std::size_t length) {
        data.at(at) = 0;
        std::uint8_t sum = 0;
        for (std::size_t i = 0; i < length; ++i) sum = static_cast<std::uint8_t>(sum + data[i]);
        data[at] = static_cast<std::uint8_t>(-sum);
    }
};

Bytes table(std::string const& signature, Bytes const& body) {
    Bytes t;
    t.text(signature).number(36 + body.data.size(), 4).zeros(36);
    t.data.insert(t.data.end(), body.data.begin(), body.data.end());
    t.fix_sum(9, t.data.size());
    return t;
}

constexpr std::uint64_t rsdp_at = 0xf5000, list_at = 0x7fe0000, tables_at = 0x7fe1000;

Bytes rsdp(unsigned revision, std::uint64_t rsdt, std::uint64_t xsdt) {
    Bytes r;
    r.text("RSD PTR ").number(0, 1).text("VIVTST").number(revision, 1).number(rsdt, 4);
    r.number(36, 4).number(xsdt, 8).number(0, 4);
    r.fix_sum(8, 20);
    r.fix_sum(32, 36);
    return r;
}

Bytes madt() {
    Bytes b;
    b.number(0xfee00000, 4).number(1, 4);
    b.number(0, 1).number(8, 1).number(0, 1).number(0, 1).number(1, 4);  // processor, APIC 0, enabled
    b.number(0, 1).number(8, 1).number(1, 1).number(4, 1).number(0, 4);  // APIC 4, disabled
    b.number(9, 1).number(16, 1).number(0, 2).number(300, 4).number(1, 4).number(2, 4);  // x2APIC 300
    b.number(1, 1).number(12, 1).number(7, 1).number(0, 1).number(0xfec00000, 4).number(0, 4);
    b.number(2, 1).number(10, 1).number(0, 1).number(0, 1).number(2, 4).number(0, 2);    // timer: line 2
    b.number(2, 1).number(10, 1).number(0, 1).number(9, 1).number(9, 4).number(0xf, 2);  // 9: low, level
    b.number(42, 1).number(4, 1).number(0, 2);  // a record of tomorrow
    return table("APIC", b);
}
Bytes fadt() {
    Bytes b;
    b.zeros(244 - 36);
    Bytes t = table("FACP", b);
    t.put(76, 0x608, 4);
    t.put(91, 4, 1);
    t.put(112, 1 << 8, 4);
    t.fix_sum(9, t.data.size());
    return t;
}
Bytes mcfg() {
    Bytes b;
    b.zeros(8).number(0xe0000000, 8).number(0, 2).number(0, 1).number(255, 1).number(0, 4);
    return table("MCFG", b);
}

// A whole firmware: pointer, list of the given entry size, tables.
FakeFirmware firmware(std::vector<Bytes> const& tables, bool xsdt = true) {
    FakeFirmware f;
    Bytes list;
    std::uint64_t at = tables_at;
    for (Bytes const& t : tables) {
        list.number(at, xsdt ? 8 : 4);
        f.pieces[at] = t.data;
        at += 0x1000;
    }
    f.pieces[list_at] = table(xsdt ? "XSDT" : "RSDT", list).data;
    f.pieces[rsdp_at] = xsdt ? rsdp(2, 0, list_at).data : rsdp(0, list_at, 0).data;
    return f;
}

TEST(Acpi, reads_processors_controllers_timer_and_configuration_space) {
    for (bool const xsdt : {true, false}) {
        FakeFirmware f = firmware({fadt(), madt(), mcfg()}, xsdt);
        AcpiTables const t = read_acpi(PhysAddr(rsdp_at), f);
        ASSERT_TRUE(t.found);
        ASSERT_EQ(t.apic_ids.count, 2u);
        EXPECT_EQ(t.apic_ids.entries[0], 0u);
        EXPECT_EQ(t.apic_ids.entries[1], 300u);
        EXPECT_EQ(t.local_apic, PhysAddr(0xfee00000));
        ASSERT_EQ(t.io_apics.count, 1u);
        EXPECT_EQ(t.io_apics.entries[0].id, 7u);
        EXPECT_EQ(t.io_apics.entries[0].registers, PhysAddr(0xfec00000));
        ASSERT_EQ(t.overrides.count, 2u);
        EXPECT_EQ(t.overrides.entries[0].interrupt, 2u);
        EXPECT_FALSE(t.overrides.entries[0].active_low);
        EXPECT_TRUE(t.overrides.entries[1].active_low);
        EXPECT_TRUE(t.overrides.entries[1].level_triggered);
        EXPECT_EQ(t.isa_line(0).interrupt, 2u);
        EXPECT_TRUE(t.isa_line(9).level_triggered);
        EXPECT_EQ(t.isa_line(4).interrupt, 4u) << "no table speaks of it";
        EXPECT_FALSE(t.isa_line(4).active_low);
        EXPECT_EQ(t.pm_timer.port, 0x608u);
        EXPECT_TRUE(t.pm_timer.is_32_bits);
        ASSERT_EQ(t.ecam.count, 1u);
        EXPECT_EQ(t.ecam.entries[0].start, PhysAddr(0xe0000000));
        EXPECT_EQ(t.ecam.entries[0].last_bus, 255u);
    }
}

TEST(Acpi, the_extended_timer_address_counts_more) {
    Bytes t = fadt();
    t.put(208, 1, 1);  // I/O space
    t.put(212, 0xb008, 8);
    t.fix_sum(9, t.data.size());
    FakeFirmware f = firmware({t});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).pm_timer.port, 0xb008u);
    t.put(208, 0, 1);  // in memory: not ours
    t.fix_sum(9, t.data.size());
    f = firmware({t});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).pm_timer.port, 0x608u);
}

TEST(Acpi, a_fadt_without_a_timer_gives_none) {
    Bytes t = fadt();
    t.put(91, 0, 1);
    t.fix_sum(9, t.data.size());
    FakeFirmware f = firmware({t});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).pm_timer.port, 0u);
}

Bytes hpet(unsigned space, std::size_t size) {
    Bytes b;
    b.number(0x8086a201, 4).number(space, 1).number(64, 1).number(0, 2).number(0xfed00000, 8).number(0, 4);
    b.data.resize(size - 36);
    return table("HPET", b);
}

TEST(Acpi, the_precise_timer_lies_in_memory) {
    FakeFirmware f = firmware({hpet(0, 56)});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).hpet, PhysAddr(0xfed00000));
    f = firmware({hpet(1, 56)});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).hpet, PhysAddr()) << "in ports: not ours";
    f = firmware({hpet(0, 48)});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).hpet, PhysAddr()) << "too short for its address";
}

TEST(Acpi, finds_the_pointer_where_a_bios_leaves_it) {
    FakeFirmware f = firmware({madt()});
    auto const pointer = f.pieces.extract(rsdp_at).mapped();
    std::vector<std::uint8_t> rom(0x20000);
    std::copy(pointer.begin(), pointer.end(), rom.begin() + 0x5230);
    f.pieces[0xe0000] = rom;
    EXPECT_TRUE(read_acpi(PhysAddr(), f).found);
    f.pieces.erase(0xe0000);
    EXPECT_FALSE(read_acpi(PhysAddr(), f).found);
    // The extended BIOS data area: its segment is at 0x40e.
    f.pieces[0x40e] = {0xc0, 0x9f};
    std::vector<std::uint8_t> area(1024);
    std::copy(pointer.begin(), pointer.end(), area.begin() + 0x20);
    f.pieces[0x9fc00] = area;
    EXPECT_TRUE(read_acpi(PhysAddr(), f).found);
}

TEST(Acpi, without_tables_the_defaults_stand) {
    FakeFirmware f;
    AcpiTables const t = read_acpi(PhysAddr(rsdp_at), f);
    EXPECT_FALSE(t.found);
    EXPECT_EQ(t.local_apic, PhysAddr(0xfee00000));
    EXPECT_EQ(t.pm_timer.port, 0u);
}

TEST(Acpi, a_wrong_checksum_makes_a_table_absent) {
    FakeFirmware f = firmware({fadt(), madt(), mcfg()});
    f.pieces[tables_at + 0x1000][60] ^= 1;
    AcpiTables const t = read_acpi(PhysAddr(rsdp_at), f);
    EXPECT_TRUE(t.found);
    EXPECT_EQ(t.io_apics.count, 0u);
    EXPECT_EQ(t.ecam.count, 1u) << "the others stay";
    f.pieces[rsdp_at][9] ^= 1;
    EXPECT_FALSE(read_acpi(PhysAddr(rsdp_at), f).found);
}

TEST(Acpi, lengths_that_lie_end_the_reading) {
    Bytes t = madt();
    t.put(44 + 1, 0, 1);  // a record of length 0 would go round for ever
    t.fix_sum(9, t.data.size());
    FakeFirmware f = firmware({t});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).apic_ids.count, 0u);
    t = madt();
    t.put(44 + 1, 255, 1);  // and one of 255 would leave the table
    t.fix_sum(9, t.data.size());
    f = firmware({t});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).apic_ids.count, 0u);
    t = madt();
    t.put(4, 0xffffffff, 4);
    f = firmware({t});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).apic_ids.count, 0u);
    t.put(4, 8, 4);
    f = firmware({t});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).apic_ids.count, 0u);
}

TEST(Acpi, more_entries_than_there_is_room_for_are_left_out) {
    Bytes b;
    b.number(0xfee00000, 4).number(1, 4);
    for (unsigned i = 0; i < 200; ++i) b.number(0, 1).number(8, 1).number(i, 1).number(i, 1).number(1, 4);
    FakeFirmware f = firmware({table("APIC", b)});
    EXPECT_EQ(read_acpi(PhysAddr(rsdp_at), f).apic_ids.count, 16u);
}

// Hostile tables: every byte may be anything, and the sums are made right again
// so that the reader does look at them.
TEST(Acpi, random_damage_never_leads_outside_the_tables) {
    std::mt19937 random(11);
    for (int round = 0; round < 3'000; ++round) {
        FakeFirmware f = firmware({fadt(), madt(), mcfg()}, round % 2 == 0);
        for (auto& [address, bytes] : f.pieces) {
            for (unsigned i = random() % 4; i > 0; --i)
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            if (address == rsdp_at) continue;
            Bytes t{bytes};
            t.fix_sum(9, std::min<std::size_t>(t.data.size(), t.data[4] | t.data[5] << 8));
            bytes = t.data;
        }
        AcpiTables const t = read_acpi(PhysAddr(random() % 2 ? rsdp_at : 0), f);
        ASSERT_LE(t.apic_ids.count, t.apic_ids.entries.size());
        ASSERT_LE(t.ecam.count, t.ecam.entries.size());
    }
}

}  // namespace
}  // namespace devices
