// SPDX-License-Identifier: MIT
#include "kernel/devices/pci.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernel/devices/fake_pci.hpp"

namespace devices {
namespace {

class PciTest : public testing::Test {
protected:
    FakePci bus;
    std::vector<PciFunction> functions;
    std::size_t found = 0;

    void enumerate(std::size_t room = 16) {
        functions.resize(room);
        found = enumerate_pci(bus, functions);
        functions.resize(std::min(found, room));
    }
    // A 64-bit memory BAR at `index` and `index + 1`.
    static void wide_bar(FakePci::Function& f, unsigned index, std::uint64_t size) {
        f.bar_size[index] = size;
        f.bar_flags[index] = 0b100;
        f.put32(0x10 + 4 * index, 0b100);
        f.bar_upper[index + 1] = true;
    }
    static void capability(FakePci::Function& f, std::uint8_t at, std::uint8_t id, std::uint8_t next) {
        f.bytes[at] = id;
        f.bytes[at + 1u] = next;
        f.put16(6, 1 << 4);
    }
};

TEST_F(PciTest, finds_functions_on_bus_0) {
    bus.add({0, 0, 0}, 0x8086, 0x29c0, 0x0600);
    bus.add({0, 2, 0}, 0x1af4, 0x1041);
    enumerate();
    ASSERT_EQ(functions.size(), 2u);
    EXPECT_EQ(functions[1].vendor, 0x1af4);
    EXPECT_EQ(functions[1].device, 0x1041);
    EXPECT_EQ(functions[1].base_class, 2);
    EXPECT_EQ(functions[1].address, (PciAddress{0, 2, 0}));
}

TEST_F(PciTest, looks_at_other_functions_only_where_the_header_says_so) {
    bus.add({0, 1, 0}, 1, 1);
    bus.add({0, 1, 3}, 1, 2);  // hidden: function 0 claims to be alone
    bus.add({0, 2, 0}, 1, 3).bytes[0x0e] = 0x80;
    bus.add({0, 2, 5}, 1, 4);
    enumerate();
    ASSERT_EQ(functions.size(), 3u);
    EXPECT_EQ(functions[2].device, 4);
}

TEST_F(PciTest, follows_bridges_downwards_and_never_round) {
    auto& bridge = bus.add({0, 3, 0}, 1, 10, 0x0604);
    bridge.bytes[0x0e] = 1;
    bridge.bytes[0x19] = 5;
    bus.add({5, 0, 0}, 1, 11);
    auto& back = bus.add({5, 1, 0}, 1, 12, 0x0604);
    back.bytes[0x0e] = 1;
    back.bytes[0x19] = 5;  // itself
    auto& unset = bus.add({0, 4, 0}, 1, 13, 0x0604);
    unset.bytes[0x0e] = 1;
    enumerate();
    std::vector<int> devices;
    for (auto const& f : functions) devices.push_back(f.device);
    EXPECT_EQ(devices, (std::vector<int>{10, 11, 12, 13}));
}

TEST_F(PciTest, more_functions_than_room_are_left_out_and_counted) {
    for (std::uint8_t d = 0; d < 20; ++d) bus.add({0, d, 0}, 1, d);
    enumerate(7);
    EXPECT_EQ(functions.size(), 7u);
    EXPECT_EQ(functions.back().device, 6);
    EXPECT_EQ(found, 20u);
}

TEST_F(PciTest, measures_bars_without_the_device_answering_meanwhile) {
    auto& f = bus.add({0, 2, 0}, 1, 1);
    f.put16(4, pci_command_memory | pci_command_io);
    f.bar_size[0] = 32;  // I/O
    f.bar_flags[0] = 1;
    f.put32(0x10, 0xc001);
    f.bar_size[1] = 4096;  // 32-bit memory
    f.put32(0x14, 0xfebd0000);
    wide_bar(f, 4, 16 << 10);
    f.put32(0x20, 0xfe000000 | 0b100);
    f.put32(0x24, 0x1);
    enumerate();
    auto const& bars = functions[0].bars;
    EXPECT_EQ(bars[0].kind, BarKind::io);
    EXPECT_EQ(bars[0].address, 0xc000u);
    EXPECT_EQ(bars[0].size, 32u);
    EXPECT_EQ(bars[1].kind, BarKind::memory);
    EXPECT_EQ(bars[1].address, 0xfebd0000u);
    EXPECT_EQ(bars[1].size, 4096u);
    EXPECT_EQ(bars[4].address, 0x1'fe00'0000u);
    EXPECT_EQ(bars[4].size, 16u << 10);
    EXPECT_TRUE(bars[4].is_64_bits);
    EXPECT_EQ(bars[5].kind, BarKind::none);
    EXPECT_EQ(f.probes_while_decoding, 0u);
    EXPECT_EQ(f.get32(0x14), 0xfebd0000u) << "the address is back";
    EXPECT_EQ(f.command(), pci_command_memory | pci_command_io);
}

TEST_F(PciTest, gives_unassigned_bars_aligned_places_that_do_not_overlap) {
    auto& a = bus.add({0, 2, 0}, 1, 1);
    a.bar_size[0] = 4096;
    wide_bar(a, 2, 64 << 10);
    auto& b = bus.add({0, 3, 0}, 1, 2);
    b.bar_size[1] = 1 << 20;
    b.put32(0x14, 0xc0100000);  // firmware's choice, in the way
    auto& c = bus.add({0, 4, 0}, 1, 3);
    c.bar_size[0] = 1 << 20;
    enumerate();
    PciWindow const taken[] = {{0xc020'0000, 0xc030'0000}};
    EXPECT_TRUE(assign_bars(bus, functions, {0xc000'0000, 0xfec0'0000}, taken));
    EXPECT_EQ(functions[1].bars[1].address, 0xc0100000u) << "firmware's choices stay";
    std::vector<PciWindow> ranges{taken[0]};
    for (auto const& f : functions)
        for (auto const& bar : f.bars)
            if (bar.kind == BarKind::memory) {
                EXPECT_EQ(bar.address % bar.size, 0u);
                EXPECT_GE(bar.address, 0xc000'0000u);
                ranges.push_back({bar.address, bar.address + bar.size});
            }
    ASSERT_EQ(ranges.size(), 5u);
    for (std::size_t i = 0; i < ranges.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            EXPECT_TRUE(ranges[i].end <= ranges[j].start || ranges[j].end <= ranges[i].start)
                << i << ' ' << j;
    EXPECT_EQ(a.get32(0x10), functions[0].bars[0].address) << "and the device knows";
    EXPECT_EQ(a.get32(0x18), functions[0].bars[2].address | 0b100);
    EXPECT_EQ(a.command(), 0) << "on is what somebody drives, and nothing else";
}

TEST_F(PciTest, a_bar_that_does_not_fit_is_reported_and_the_others_are_served) {
    bus.add({0, 2, 0}, 1, 1).bar_size[0] = 1u << 30;
    bus.add({0, 3, 0}, 1, 2).bar_size[0] = 4096;
    enumerate();
    EXPECT_FALSE(assign_bars(bus, functions, {0xfe00'0000, 0xfec0'0000}, {}));
    EXPECT_EQ(functions[0].bars[0].address, 0u);
    EXPECT_EQ(functions[1].bars[0].address, 0xfe00'0000u);
}

// The size is a power of two, and 16 at least. [pci-3.0 §6.2.5.1]
TEST_F(PciTest, a_bar_of_an_impossible_size_is_none_and_nobody_else_suffers) {
    auto& wide = bus.add({0, 2, 0}, 1, 1);
    wide.put32(0x10, 0b100);  // nothing behind the flags of a 64-bit BAR can be written
    auto& odd = bus.add({0, 3, 0}, 1, 2);
    odd.put32(0x10, 0xfebd'0000);  // nor here, where there seems to be an address
    bus.add({0, 4, 0}, 1, 3).bar_size[0] = 0x4000;
    bus.add({0, 5, 0}, 1, 4).bar_size[0] = 0x1000;
    enumerate();
    EXPECT_EQ(functions[0].bars[0].kind, BarKind::none);
    EXPECT_EQ(functions[0].bars[1].kind, BarKind::none);
    EXPECT_EQ(functions[1].bars[0].kind, BarKind::none);
    EXPECT_TRUE(assign_bars(bus, functions, {0xc000'0000, 0xfec0'0000}, {}));
    EXPECT_EQ(functions[2].bars[0].address, 0xc000'0000u);
    EXPECT_EQ(functions[3].bars[0].address, 0xc000'4000u);
}

// A BAR that lies in RAM would have the driver write registers over the kernel. It is not
// moved either: some chipsets show the configuration space itself as a BAR.
TEST_F(PciTest, a_bar_that_says_it_lies_in_memory_has_no_address) {
    struct {
        std::uint64_t address, size;
        bool sound;
    } const cases[] = {{0x20'0000, 4096, false},
                       {0x1000'0000, 4096, true},
                       {0x0800'0000, 0x0800'0000, false},
                       {0xe000'0000, 0x1000'0000, false},        // the configuration space
                       {0xfee0'0000, 4096, false},               // the local APIC
                       {0x1'0000'0000, 1ull << 32, false},       // RAM lies inside
                       {0xffff'ffff'ffff'0000, 0x1'0000, true},  // not RAM; nobody can map it
                       {0x80'0000'0000, 0x1'0000, true}};
    for (auto const& one : cases) {
        bus = {};
        auto& f = bus.add({0, 2, 0}, 1, 1);
        wide_bar(f, 0, one.size);
        f.put32(0x10, static_cast<std::uint32_t>(one.address) | 0b100);
        f.put32(0x14, static_cast<std::uint32_t>(one.address >> 32));
        bus.add({0, 3, 0}, 1, 2).bar_size[0] = 4096;
        enumerate();
        PciWindow const taken[] = {{0, 0x1000'0000},
                                   {0x1'0000'0000, 0x1'4000'0000},
                                   {0xe000'0000, 0xf000'0000},
                                   {0xfee0'0000, 0xfef0'0000}};
        EXPECT_EQ(assign_bars(bus, functions, {0xc000'0000, 0xfec0'0000}, taken), one.sound) << one.address;
        EXPECT_EQ(functions[0].bars[0].address, one.sound ? one.address : 0);
        EXPECT_EQ(f.get32(0x10), static_cast<std::uint32_t>(one.address) | 0b100) << "it stays where it is";
        EXPECT_EQ(functions[1].bars[0].address, 0xc000'0000u) << "the others are served";
    }
}

// Which of the two is the honest one cannot be seen, so both shall be usable. The one that
// moves does not decode meanwhile.
TEST_F(PciTest, of_two_that_claim_the_same_addresses_one_moves_away) {
    struct {
        std::uint32_t first, first_size, second, second_size;
        bool apart;
    } const cases[] = {{0xd000'0000, 0x1000, 0xd000'0000, 0x1000, false},
                       {0xd000'0000, 0x10'0000, 0xd00f'f000, 0x1000, false},
                       {0xd000'1000, 0x1000, 0xd000'0000, 0x10'0000, false},
                       {0xd000'0000, 0x1000, 0xd000'1000, 0x1000, true},
                       {0xd000'1000, 0x1000, 0xd000'0000, 0x1000, true}};
    for (auto const& one : cases) {
        SCOPED_TRACE(testing::Message() << std::hex << one.first << ' ' << one.second);
        bus = {};
        auto& a = bus.add({0, 2, 0}, 1, 1);
        a.bar_size[0] = one.first_size;
        a.put32(0x10, one.first);
        a.put16(4, pci_command_memory | pci_command_io);
        auto& b = bus.add({0, 3, 0}, 1, 2);
        wide_bar(b, 2, one.second_size);
        b.put32(0x18, one.second | 0b100);
        b.put16(4, pci_command_memory);
        bus.add({0, 4, 0}, 1, 3).bar_size[0] = 0x1000;  // one without a place
        enumerate();
        EXPECT_EQ(assign_bars(bus, functions, {0xd000'0000, 0xfec0'0000}, {}), one.apart);
        PciBar const& first = functions[0].bars[0];
        PciBar const& second = functions[1].bars[2];
        PciBar const& third = functions[2].bars[0];
        EXPECT_EQ(second.address, one.second);
        EXPECT_EQ(b.command(), pci_command_memory);
        if (one.apart) EXPECT_EQ(first.address, one.first);
        EXPECT_NE(first.address, 0u);
        EXPECT_EQ(a.get32(0x10), first.address) << "and it knows";
        EXPECT_EQ(a.command(), pci_command_io | (one.apart ? pci_command_memory : 0));
        auto const apart = [](PciBar const& x, PciBar const& y) {
            return x.address + x.size <= y.address || y.address + y.size <= x.address;
        };
        EXPECT_TRUE(apart(first, second) && apart(first, third) && apart(second, third));
        for (auto const& f : functions) EXPECT_TRUE(switch_on(bus, f));
    }
}

// What claims RAM, or the registers of the machine itself, does not get it, and so is in
// nobody's way: neither before it in the list nor behind.
TEST_F(PciTest, a_claim_that_cannot_be_puts_no_honest_one_out_of_use) {
    constexpr PciWindow taken[] = {{0, 0x8000'0000}, {0xfec0'0000, 0x1'0000'0000}};
    struct {
        std::uint32_t place, size;
    } const lies[] = {{0x8000'0000, 0x8000'0000}, {0x4000'0000, 0x4000'0000}, {0xf000'0000, 0x1000'0000}};
    for (auto const& lie : lies) {
        SCOPED_TRACE(testing::Message() << std::hex << lie.place);
        bus = {};
        bus.add({0, 2, 0}, 1, 1).bar_size[0] = 0x1000;  // without a place
        bus[{0, 2, 0}].put16(4, pci_command_memory);
        auto& before = bus.add({0, 3, 0}, 1, 2);
        auto& liar = bus.add({0, 4, 0}, 1, 3);
        auto& behind = bus.add({0, 5, 0}, 1, 4);
        for (auto* const honest : {&before, &behind}) {
            honest->bar_size[0] = 0x1000;
            honest->put32(0x10, honest == &before ? 0xf800'0000 : 0xf900'0000);
            honest->put16(4, pci_command_memory);
        }
        liar.bar_size[0] = lie.size;
        liar.put32(0x10, lie.place);
        enumerate();
        EXPECT_FALSE(assign_bars(bus, functions, {0x8000'0000, 0xfec0'0000}, taken));
        EXPECT_EQ(functions[0].bars[0].address, 0x8000'0000u);
        EXPECT_EQ(functions[1].bars[0].address, 0xf800'0000u);
        EXPECT_EQ(before.command(), pci_command_memory) << "and it was not moved";
        EXPECT_FALSE(switch_on(bus, functions[2]));
        EXPECT_EQ(liar.get32(0x10), lie.place) << "nor that one";
        EXPECT_EQ(functions[3].bars[0].address, 0xf900'0000u);
        for (int i : {0, 1, 3}) EXPECT_TRUE(switch_on(bus, functions[static_cast<std::size_t>(i)]));
    }
}

TEST_F(PciTest, one_that_stays_in_anothers_place_is_not_used_and_the_other_is) {
    auto& thief = bus.add({0, 2, 0}, 1, 1);
    thief.bar_size[0] = 0x1000;
    thief.put32(0x10, 0xd000'0000);
    thief.stays[0] = 0xd000'0000;
    thief.put16(4, pci_command_memory);
    auto& honest = bus.add({0, 3, 0}, 1, 2);
    honest.bar_size[0] = 0x1000;
    honest.put32(0x10, 0xd000'0000);
    enumerate();
    EXPECT_FALSE(assign_bars(bus, functions, {0xc000'0000, 0xfec0'0000}, {}));
    EXPECT_EQ(functions[0].bars[0].address, 0u);
    EXPECT_FALSE(switch_on(bus, functions[0]));
    EXPECT_EQ(thief.command(), 0) << "off, as far as it obeys";
    EXPECT_EQ(functions[1].bars[0].address, 0xd000'0000u);
    EXPECT_TRUE(switch_on(bus, functions[1]));
}

// A BAR of 64 bits whose upper half stays would lie in RAM above 4 GiB, say.
TEST_F(PciTest, one_that_goes_elsewhere_than_it_is_sent_is_not_used) {
    auto& f = bus.add({0, 2, 0}, 1, 1);
    wide_bar(f, 0, 0x1000);
    f.stays[1] = 1;
    enumerate();
    functions[0].bars[0].address = 0;  // as if it had none
    EXPECT_FALSE(assign_bars(bus, functions, {0xc000'0000, 0xfec0'0000}, {}));
    EXPECT_FALSE(switch_on(bus, functions[0]));
}

TEST_F(PciTest, a_function_is_switched_on_only_when_all_its_registers_have_a_place) {
    auto& f = bus.add({0, 2, 0}, 1, 1);
    f.put16(6, 0x2810);  // error bits that a careless write of ones would clear
    f.bar_size[0] = 4096;
    auto& large = bus.add({0, 3, 0}, 1, 2);
    large.bar_size[0] = 4096;
    large.bar_size[1] = 1u << 30;
    enumerate();
    EXPECT_FALSE(assign_bars(bus, functions, {0xfe00'0000, 0xfec0'0000}, {}));
    EXPECT_TRUE(switch_on(bus, functions[0]));
    EXPECT_EQ(f.command(), pci_command_memory | pci_command_master);
    EXPECT_EQ(f.get32(4) >> 16, 0x2810u);
    EXPECT_FALSE(switch_on(bus, functions[1]));
    EXPECT_EQ(large.command(), 0);
}

TEST_F(PciTest, walks_the_list_of_capabilities) {
    auto& f = bus.add({0, 2, 0}, 1, 1);
    f.bytes[0x34] = 0x40;
    capability(f, 0x40, 0x09, 0x50);
    capability(f, 0x50, 0x11, 0x60);
    capability(f, 0x60, 0x09, 0);
    PciAddress const at{0, 2, 0};
    EXPECT_EQ(find_capability(bus, at, 0x11), 0x50);
    EXPECT_EQ(find_capability(bus, at, 0x09), 0x40);
    EXPECT_EQ(find_capability(bus, at, 0x09, 0x40), 0x60);
    EXPECT_EQ(find_capability(bus, at, 0x09, 0x60), std::nullopt);
    EXPECT_EQ(find_capability(bus, at, 0x05), std::nullopt);
    f.bytes[0x61] = 0x40;  // a loop
    EXPECT_EQ(find_capability(bus, at, 0x05), std::nullopt);
    f.bytes[0x61] = 0x10;  // into the header
    EXPECT_EQ(find_capability(bus, at, 0x05), std::nullopt);
    f.put32(4, 0);
    f.bytes[6] = 0;  // the status says: no list
    EXPECT_EQ(find_capability(bus, at, 0x11), std::nullopt);
}

TEST_F(PciTest, finds_the_msix_table_and_refuses_one_outside_its_bar) {
    auto& f = bus.add({0, 2, 0}, 1, 1);
    f.bar_size[1] = 4096;
    f.put32(0x14, 0xfeb00000);
    f.bytes[0x34] = 0x40;
    capability(f, 0x40, pci_capability_msix, 0);
    f.put16(0x42, 3);          // 4 entries
    f.put32(0x44, 0x800 | 1);  // at 0x800 of BAR 1
    enumerate();
    auto const table = find_msix(bus, functions[0]);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->bar, 1);
    EXPECT_EQ(table->offset, 0x800u);
    EXPECT_EQ(table->entries, 4);
    f.put16(0x42, 0x7ff);  // 2048 entries do not fit
    EXPECT_EQ(find_msix(bus, functions[0]), std::nullopt);
    f.put16(0x42, 3);
    f.put32(0x44, 0x800 | 7);  // BAR 7 does not exist
    EXPECT_EQ(find_msix(bus, functions[0]), std::nullopt);
    f.put32(0x44, 0x800 | 2);  // BAR 2 is not there
    EXPECT_EQ(find_msix(bus, functions[0]), std::nullopt);
    f.put32(0x44, 0x800 | 1);
    functions[0].bars[1].address = 0;  // it has no place: there is RAM, not the table
    EXPECT_EQ(find_msix(bus, functions[0]), std::nullopt);
}

// [virtio-1.2 §4.1.5.1.2.2]: a driver supports a table of any size.
TEST_F(PciTest, finds_an_msix_table_of_any_size) {
    auto& f = bus.add({0, 2, 0}, 1, 1);
    f.bar_size[1] = 0x1'0000;
    f.put32(0x14, 0xfeb00000);
    f.bytes[0x34] = 0x40;
    capability(f, 0x40, pci_capability_msix, 0);
    f.put32(0x44, 1);
    enumerate();
    for (unsigned entries = 1; entries <= 2048; ++entries) {
        f.put16(0x42, static_cast<std::uint16_t>(entries - 1));
        auto const table = find_msix(bus, functions[0]);
        ASSERT_TRUE(table) << entries;
        ASSERT_EQ(table->entries, entries);
    }
}

TEST_F(PciTest, enabling_msix_keeps_the_status_bits) {
    auto& f = bus.add({0, 2, 0}, 1, 1);
    f.bar_size[1] = 4096;
    f.put32(0x14, 0xfeb00000);
    f.bytes[0x34] = 0x40;
    capability(f, 0x40, pci_capability_msix, 0);
    f.put16(0x42, 0x4003);  // the function as a whole is masked
    f.put32(0x44, 1);
    f.put16(6, 0x2810);  // error bits that a careless write of ones would clear
    enumerate();
    enable_msix(bus, functions[0], *find_msix(bus, functions[0]));
    EXPECT_EQ(f.get32(0x40) >> 16, 0x8003u);
    EXPECT_EQ(f.command() & pci_command_no_intx, pci_command_no_intx);
    EXPECT_EQ(f.get32(4) >> 16, 0x2810u);
}

TEST(Pci, an_msix_message_names_processor_and_vector) {
    EXPECT_EQ(msix_message(0x41, 3).address, 0xfee03000u);
    EXPECT_EQ(msix_message(0x41, 3).data, 0x41u);
}

}  // namespace
}  // namespace devices
