// SPDX-License-Identifier: GPL-2.0-or-later
//
// The IOAPIC, the PICs and messages.
#include <gtest/gtest.h>

#include "simulator/devices/ioapic.hpp"
#include "simulator/devices/message.hpp"
#include "simulator/devices/pic.hpp"
#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;

struct IoapicRig {
    FakeBoard board;
    Ioapic ioapic{board};
    void write(unsigned index, std::uint32_t value) {
        ioapic.io_write(0, 0x00, 4, index);
        ioapic.io_write(0, 0x10, 4, value);
    }
    std::uint32_t read(unsigned index) {
        ioapic.io_write(0, 0x00, 4, index);
        return static_cast<std::uint32_t>(ioapic.io_read(0, 0x10, 4));
    }
    void route(unsigned pin, std::uint32_t low) {
        write(0x11 + 2 * pin, 0);
        write(0x10 + 2 * pin, low);
    }
};

TEST(Ioapic, tells_version_and_pins) {
    IoapicRig rig;
    EXPECT_EQ(rig.read(1), 0x170020u);
    EXPECT_EQ(rig.read(0x10), 0x10000u);
    EXPECT_EQ(rig.read(0x7F), 0u);
}

TEST(Ioapic, an_edge_sends_one_message) {
    IoapicRig rig;
    rig.route(4, 0x44);
    rig.ioapic.set_wire(4, true);
    rig.ioapic.set_wire(4, true);
    ASSERT_EQ(rig.board.messages.size(), 1u);
    EXPECT_EQ(rig.board.messages[0], (FakeBoard::Message{0xFEE00000, 0x44}));
    rig.ioapic.set_wire(4, false);
    rig.ioapic.set_wire(4, true);
    EXPECT_EQ(rig.board.messages.size(), 2u);
}

TEST(Ioapic, a_level_asks_again_after_the_end_of_interrupt_while_it_lasts) {
    IoapicRig rig;
    rig.route(9, 0x8049);
    rig.ioapic.set_wire(9, true);
    rig.ioapic.set_wire(9, true);
    EXPECT_EQ(rig.board.messages.size(), 1u);
    EXPECT_TRUE(rig.read(0x10 + 18) & 1 << 14);  // remote IRR
    rig.ioapic.end_of_interrupt(0x49);
    EXPECT_EQ(rig.board.messages.size(), 2u);
    rig.ioapic.set_wire(9, false);
    rig.ioapic.end_of_interrupt(0x49);
    EXPECT_EQ(rig.board.messages.size(), 2u);
    EXPECT_FALSE(rig.read(0x10 + 18) & 1 << 14);
}

TEST(Ioapic, a_masked_level_waits_and_a_masked_edge_is_lost) {
    IoapicRig rig;
    rig.route(5, 0x18045);
    rig.route(6, 0x10046);
    rig.ioapic.set_wire(5, true);
    rig.ioapic.set_wire(6, true);
    EXPECT_TRUE(rig.board.messages.empty());
    rig.route(6, 0x46);
    EXPECT_TRUE(rig.board.messages.empty());
    rig.route(5, 0x8045);
    EXPECT_EQ(rig.board.messages.size(), 1u);
}

TEST(Ioapic, the_pit_is_on_pin_2_and_wires_beyond_the_last_are_nothing) {
    IoapicRig rig;
    rig.route(2, 0x42);
    rig.ioapic.set_wire(0, true);
    rig.ioapic.set_wire(99, true);
    EXPECT_EQ(rig.board.messages.size(), 1u);
}

TEST(Ioapic, saves_and_loads_with_an_interrupt_in_service) {
    IoapicRig rig;
    rig.route(9, 0x8049);
    rig.ioapic.set_wire(9, true);
    IoapicRig other;
    expect_round_trip(rig.ioapic, other.ioapic, other.board);
    other.ioapic.end_of_interrupt(0x49);
    EXPECT_EQ(other.board.messages.size(), 1u);
    other.ioapic.reset();
    EXPECT_EQ(other.ioapic.hash(), IoapicRig().ioapic.hash());
}

TEST(Message, goes_to_the_addressed_processor) {
    FakeBoard board;
    LocalApic apic(board, 0);
    apic.io_write(0, 0xF0, 4, 0x1FF);
    ApicBus bus;
    bus.add(apic);
    bus.message(0xFEE01000, 0x44);  // processor 1: nobody
    EXPECT_FALSE(board.line);
    bus.message(0xFEE00000, 0x4044);
    EXPECT_TRUE(board.line);
    bus.message(0x12345678, 0x45);  // no interrupt address
    EXPECT_EQ(apic.acknowledge(), 0x44);
    EXPECT_FALSE(apic.pending());
    bus.message(0xFEE00000, 0x400);  // NMI
    EXPECT_EQ(board.nmis, 1);
}

void initialise(Pic& pic) {
    for (unsigned chip = 0; chip < 2; ++chip) {
        pic.io_write(chip, 0, 1, 0x11);
        pic.io_write(chip, 1, 1, chip == 0 ? 0x20 : 0x28);
        pic.io_write(chip, 1, 1, chip == 0 ? 4 : 2);
        pic.io_write(chip, 1, 1, 1);
        pic.io_write(chip, 1, 1, 0);  // nothing masked
    }
}

TEST(Pic, the_lower_input_goes_first_and_holds_back_the_others) {
    Pic pic;
    initialise(pic);
    pic.set_wire(4, true);
    pic.set_wire(1, true);
    EXPECT_EQ(pic.acknowledge(), 0x21);
    EXPECT_FALSE(pic.output());
    pic.io_write(0, 0, 1, 0x20);
    EXPECT_EQ(pic.acknowledge(), 0x24);
}

TEST(Pic, the_slave_comes_through_input_2_one_after_the_other) {
    Pic pic;
    initialise(pic);
    pic.set_wire(12, true);
    pic.set_wire(9, true);
    EXPECT_EQ(pic.acknowledge(), 0x29);
    pic.io_write(1, 0, 1, 0x20);
    pic.io_write(0, 0, 1, 0x20);
    EXPECT_TRUE(pic.output());
    EXPECT_EQ(pic.acknowledge(), 0x2C);
}

TEST(Pic, masked_is_silent_and_after_power_on_all_is_masked) {
    Pic pic;
    pic.set_wire(0, true);
    EXPECT_FALSE(pic.output());
    initialise(pic);
    pic.io_write(0, 1, 1, 0xFF);
    pic.set_wire(1, true);
    EXPECT_FALSE(pic.output());
    EXPECT_EQ(pic.acknowledge(), 0x27);  // spurious
}

TEST(Pic, reaches_the_processor_through_an_open_lint0) {
    FakeBoard board;
    LocalApic apic(board, 0);
    Pic pic;
    apic.attach(pic);
    pic.on_change([&] { apic.update(); });
    initialise(pic);
    pic.set_wire(1, true);
    EXPECT_FALSE(board.line);
    apic.io_write(0, 0xF0, 4, 0x1FF);
    apic.io_write(0, 0x350, 4, 0x700);
    EXPECT_TRUE(board.line);
    EXPECT_EQ(apic.acknowledge(), 0x21);
    EXPECT_FALSE(board.line);
}

TEST(Pic, a_level_that_falls_before_it_is_taken_is_spurious) {
    Pic pic;
    initialise(pic);
    pic.io_write(2, 0, 1, 0xFF);
    pic.io_write(2, 1, 1, 0xFF);
    EXPECT_EQ(pic.io_read(2, 0, 1), 0xF8u);  // 0, 1 and 2 are edges for ever
    EXPECT_EQ(pic.io_read(2, 1, 1), 0xDEu);
    pic.set_wire(5, true);
    EXPECT_TRUE(pic.output());
    pic.set_wire(5, false);
    EXPECT_FALSE(pic.output());
    EXPECT_EQ(pic.acknowledge(), 0x27);
    pic.io_write(0, 0, 1, 0x0B);
    EXPECT_EQ(pic.io_read(0, 0, 1), 0u);  // nothing in service
    pic.set_wire(5, true);
    EXPECT_EQ(pic.acknowledge(), 0x25);
    pic.io_write(0, 0, 1, 0x65);  // specific end: the level is still there
    EXPECT_EQ(pic.acknowledge(), 0x25);
}

TEST(Pic, rotation_makes_the_served_one_last) {
    Pic pic;
    initialise(pic);
    pic.set_wire(0, true);
    EXPECT_EQ(pic.acknowledge(), 0x20);
    pic.io_write(0, 0, 1, 0xA0);  // rotate on non-specific end
    pic.set_wire(0, false);
    pic.set_wire(0, true);
    pic.set_wire(7, true);
    EXPECT_EQ(pic.acknowledge(), 0x27);
    pic.io_write(0, 0, 1, 0x20);
    EXPECT_EQ(pic.acknowledge(), 0x20);
    pic.io_write(0, 0, 1, 0x20);
    pic.io_write(0, 0, 1, 0xC3);  // set priority: 4 is first
    pic.set_wire(3, true);
    pic.set_wire(4, true);
    EXPECT_EQ(pic.acknowledge(), 0x24);
}

TEST(Pic, in_special_mask_mode_a_masked_one_in_service_holds_nobody_back) {
    Pic pic;
    initialise(pic);
    pic.set_wire(3, true);
    EXPECT_EQ(pic.acknowledge(), 0x23);
    pic.set_wire(6, true);
    EXPECT_FALSE(pic.output());
    pic.io_write(0, 1, 1, 0x08);
    pic.io_write(0, 0, 1, 0x68);
    EXPECT_TRUE(pic.output());
    EXPECT_EQ(pic.acknowledge(), 0x26);
}

TEST(Pic, can_be_polled) {
    Pic pic;
    initialise(pic);
    pic.io_write(0, 0, 1, 0x0C);
    EXPECT_EQ(pic.io_read(0, 0, 1), 0u);
    pic.set_wire(6, true);
    pic.io_write(0, 0, 1, 0x0C);
    EXPECT_EQ(pic.io_read(0, 0, 1), 0x86u);
    EXPECT_FALSE(pic.output());  // it is in service
}

TEST(Pic, with_automatic_end_nothing_stays_in_service) {
    Pic pic;
    pic.io_write(0, 0, 1, 0x11);
    pic.io_write(0, 1, 1, 0x20);
    pic.io_write(0, 1, 1, 4);
    pic.io_write(0, 1, 1, 3);
    pic.set_wire(1, true);
    EXPECT_EQ(pic.acknowledge(), 0x21);
    pic.set_wire(4, true);
    EXPECT_EQ(pic.acknowledge(), 0x24);
}

TEST(Pic, initialisation_forgets_edges) {
    Pic pic;
    initialise(pic);
    pic.set_wire(1, true);
    initialise(pic);
    EXPECT_FALSE(pic.output());
    pic.set_wire(1, false);
    pic.set_wire(1, true);
    EXPECT_EQ(pic.acknowledge(), 0x21);
}

TEST(Pic, saves_and_loads_in_mid_initialisation_and_mid_service) {
    FakeBoard board;
    Pic pic, other;
    initialise(pic);
    pic.set_wire(9, true);
    pic.acknowledge();
    pic.io_write(0, 0, 1, 0x11);
    pic.io_write(0, 1, 1, 0x40);
    expect_round_trip(pic, other, board);
    other.io_write(0, 1, 1, 4);
    other.io_write(0, 1, 1, 1);
    other.io_write(0, 1, 1, 0);
    other.set_wire(3, true);
    EXPECT_EQ(other.acknowledge(), 0x43);
    other.reset();
    EXPECT_EQ(other.hash(), Pic().hash());
}

}  // namespace
}  // namespace sim::devices
