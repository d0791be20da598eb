// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/pci.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;

class Card final : public PciFunction {
public:
    explicit Card(machine::Surroundings& board) : PciFunction("card", board, {3, 0}) {
        set_initial(pci_config::vendor, 4, 0x1234'ABCD);
        set_writable(pci_config::command, 2, 0x0406);
        add_memory_bar(0, 0x1000, false);
        add_memory_bar(2, 1ull << 33, true);
        std::uint8_t const body[] = {1, 2, 3};
        first = add_capability(9, body);
        second = add_capability(0x11, body);
        reset();
    }
    void save(machine::StateWriter& w) const override { fields(*this, w); }
    void load(machine::StateReader& r) override { fields(*this, r); }
    std::uint64_t bar_read(unsigned bar, std::uint64_t offset, unsigned) override {
        return bar * 0x1000'0000 + offset;
    }
    void bar_write(unsigned, std::uint64_t offset, unsigned, std::uint64_t value) override {
        written = offset + value;
    }
    unsigned first, second;
    std::uint64_t written = 0;
};

struct Rig {
    FakeBoard board;
    PciBus bus{board};
    HostBridge bridge{board};
    Card card{board};
    Rig() {
        bus.add(bridge);
        bus.add(card);
    }
    std::uint64_t config(unsigned offset, unsigned size = 4) {
        return bus.io_read(PciBus::ecam, 3u << 15 | offset, size) &
               (size == 8 ? ~0ull : (1ull << 8 * size) - 1);
    }
    void set_config(unsigned offset, std::uint32_t value, unsigned size = 4) {
        bus.io_write(PciBus::ecam, 3u << 15 | offset, size, value);
    }
};

TEST(Pci, both_doors_lead_to_the_same_space) {
    Rig rig;
    rig.bus.io_write(PciBus::ports, 0, 4, 0x8000'0000 | 3u << 11);
    EXPECT_EQ(rig.bus.io_read(PciBus::ports, 4, 4), 0x1234ABCDu);
    EXPECT_EQ(rig.bus.io_read(PciBus::ports, 6, 2), 0x1234u);
    EXPECT_EQ(rig.config(0), 0x1234ABCDu);
    rig.bus.io_write(PciBus::ports, 0, 4, 0x8000'0000);
    EXPECT_EQ(rig.bus.io_read(PciBus::ports, 4, 4), 0x29C0'8086u);
}

TEST(Pci, an_empty_slot_reads_as_all_ones) {
    Rig rig;
    EXPECT_EQ(static_cast<std::uint32_t>(rig.bus.io_read(PciBus::ecam, 7u << 15, 4)), 0xFFFFFFFFu);
    rig.bus.io_write(PciBus::ports, 0, 4, 0x8001'0000 | 3u << 11);  // bus 1
    EXPECT_EQ(static_cast<std::uint32_t>(rig.bus.io_read(PciBus::ports, 4, 4)), 0xFFFFFFFFu);
    rig.bus.io_write(PciBus::ports, 0, 4, 3u << 11);  // not enabled
    EXPECT_EQ(static_cast<std::uint32_t>(rig.bus.io_read(PciBus::ports, 4, 4)), 0xFFFFFFFFu);
}

TEST(Pci, bars_tell_their_size_and_keep_their_kind) {
    Rig rig;
    EXPECT_EQ(rig.config(0x10), 0u);
    rig.set_config(0x10, 0xFFFFFFFF);
    EXPECT_EQ(rig.config(0x10), 0xFFFFF000u);
    rig.set_config(0x18, 0xFFFFFFFF);
    rig.set_config(0x1C, 0xFFFFFFFF);
    EXPECT_EQ(rig.config(0x18), 0x0000000Cu);
    EXPECT_EQ(rig.config(0x1C), 0xFFFFFFFEu);
    rig.set_config(0x14, 0xFFFFFFFF);
    EXPECT_EQ(rig.config(0x14), 0u);  // absent
}

TEST(Pci, memory_answers_only_with_decoding_on_and_inside_a_bar) {
    Rig rig;
    rig.set_config(0x10, 0xD000'0000);
    EXPECT_EQ(rig.bus.io_read(PciBus::memory, 0xD000'0010, 4), ~0ull);
    EXPECT_EQ(rig.board.reports.size(), 1u);
    rig.set_config(0x04, 0x2, 2);
    EXPECT_EQ(rig.bus.io_read(PciBus::memory, 0xD000'0010, 4), 0x10u);
    EXPECT_EQ(rig.bus.io_read(PciBus::memory, 0xD000'0FFE, 4), ~0ull);  // half outside
    rig.set_config(0x18, 0);
    rig.set_config(0x1C, 0x4);
    EXPECT_EQ(rig.bus.io_read(PciBus::memory, 0x4'0000'0020, 4), 0x2000'0020u);
    rig.bus.io_write(PciBus::memory, 0xD000'0008, 4, 0x100);
    EXPECT_EQ(rig.card.written, 0x108u);
}

TEST(Pci, only_writable_bits_change) {
    Rig rig;
    rig.set_config(0x00, 0);
    rig.set_config(0x04, 0xFFFF, 2);
    EXPECT_EQ(rig.config(0), 0x1234ABCDu);
    EXPECT_EQ(rig.config(0x04, 2), 0x0406u);
}

TEST(Pci, capabilities_form_a_list) {
    Rig rig;
    EXPECT_TRUE(rig.config(0x06, 2) & pci_config::status_capabilities);
    unsigned const first = static_cast<unsigned>(rig.config(0x34, 1));
    EXPECT_EQ(first, rig.card.first);
    EXPECT_EQ(rig.config(first, 1), 9u);
    unsigned const second = static_cast<unsigned>(rig.config(first + 1, 1));
    EXPECT_EQ(second, rig.card.second);
    EXPECT_EQ(second % 4, 0u);
    EXPECT_EQ(rig.config(second + 1, 1), 0u);
}

TEST(Pci, the_space_beyond_256_bytes_is_empty) {
    Rig rig;
    EXPECT_EQ(rig.config(0x100), 0u);
    rig.set_config(0xFFC, 1);
    EXPECT_EQ(rig.bus.io_read(PciBus::ecam, (3u << 15) + 0xFF8, 8), 0u);
}

TEST(Pci, state_round_trips) {
    Rig rig, other;
    rig.set_config(0x10, 0xD000'0000);
    rig.set_config(0x04, 0x6, 2);
    expect_round_trip(rig.card, other.card, other.board);
    EXPECT_TRUE(other.card.decode(0xD000'0000, 4));
    rig.bus.io_write(PciBus::ports, 0, 4, 0x8000'1804);
    expect_round_trip(rig.bus, other.bus, other.board);
    other.card.reset();
    EXPECT_EQ(other.card.hash(), Rig().card.hash());
}

}  // namespace
}  // namespace sim::devices
