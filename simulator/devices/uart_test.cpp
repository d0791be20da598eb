// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/uart.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;
using machine::InputKind;

struct Rig {
    FakeBoard board;
    Uart uart{"uart0", board, 4};
    void out(unsigned offset, std::uint8_t value) { uart.io_write(0, offset, 1, value); }
    unsigned in(unsigned offset) { return static_cast<unsigned>(uart.io_read(0, offset, 1)); }
    void type(std::string_view text) {
        uart.on_input(InputKind::console, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
    }
};

TEST(Uart, sends_what_is_written_and_is_always_ready) {
    Rig rig;
    rig.out(0, 'A');
    rig.out(0, 'B');
    ASSERT_EQ(rig.board.outputs.size(), 2u);
    EXPECT_EQ(rig.board.outputs[1][0], 'B');
    EXPECT_EQ(rig.in(5) & 0x60, 0x60u);
}

TEST(Uart, the_divisor_hides_behind_its_access_bit) {
    Rig rig;
    rig.out(3, 0x80);
    rig.out(0, 0x01);
    rig.out(1, 0x02);
    EXPECT_EQ(rig.in(0), 0x01u);
    EXPECT_EQ(rig.in(1), 0x02u);
    rig.out(3, 0x03);
    EXPECT_EQ(rig.in(1), 0u);
    EXPECT_TRUE(rig.board.outputs.empty());
}

TEST(Uart, received_bytes_come_in_order_however_many) {
    Rig rig;
    rig.out(2, 0x01);
    std::string const text = "more than sixteen bytes, typed at once";
    rig.type(text);
    std::string got;
    while (rig.in(5) & 1) got += static_cast<char>(rig.in(0));
    EXPECT_EQ(got, text);
    EXPECT_EQ(rig.in(5) & 2, 0u);  // no overrun
}

TEST(Uart, interrupts_need_ier) {
    Rig rig;
    rig.out(4, 0x08);
    rig.type("x");
    EXPECT_FALSE(rig.board.wires[4]);
    rig.out(1, 0x01);
    EXPECT_TRUE(rig.board.wires[4]);
    EXPECT_TRUE(rig.board.reports.empty());
    EXPECT_EQ(rig.in(2), 0x04u);
    rig.in(0);
    EXPECT_FALSE(rig.board.wires[4]);
    EXPECT_EQ(rig.in(2), 0x01u);
}

TEST(Uart, an_interrupt_without_out2_passes_as_on_qemu_and_is_told_of_a_byte) {
    Rig rig;
    rig.out(1, 0x03);
    EXPECT_TRUE(rig.board.wires[4]) << "the transmitter is empty";
    EXPECT_EQ(rig.in(2) & 0x0F, 0x02u);
    EXPECT_FALSE(rig.board.wires[4]);
    EXPECT_TRUE(rig.board.reports.empty()) << "nobody waits for anything yet";
    rig.type("x");
    EXPECT_TRUE(rig.board.wires[4]);
    ASSERT_FALSE(rig.board.reports.empty());
    EXPECT_NE(rig.board.reports[0].find("MCR.OUT2"), std::string::npos);
    rig.in(0);
    EXPECT_FALSE(rig.board.wires[4]);
}

TEST(Uart, below_the_trigger_level_the_cause_is_a_timeout) {
    Rig rig;
    rig.out(2, 0xC1);  // trigger at 14
    rig.out(1, 0x01);
    rig.type("x");
    EXPECT_EQ(rig.in(2), 0xCCu);
    rig.type("abcdefghijklmn");
    EXPECT_EQ(rig.in(2), 0xC4u);
}

TEST(Uart, transmitter_empty_is_acknowledged_by_reading_its_cause) {
    Rig rig;
    rig.out(4, 0x08);
    rig.out(1, 0x02);
    EXPECT_TRUE(rig.board.wires[4]);
    EXPECT_EQ(rig.in(2), 0x02u);
    EXPECT_FALSE(rig.board.wires[4]);
    rig.out(0, 'x');
    EXPECT_TRUE(rig.board.wires[4]);
}

TEST(Uart, loops_back_and_overruns) {
    Rig rig;
    rig.out(4, 0x1B);
    EXPECT_EQ(rig.in(6), 0xB0u);  // DTR, RTS and OUT2 come back as DSR, CTS and DCD
    rig.out(0, 'a');
    rig.out(0, 'b');  // no FIFO: one byte fits
    EXPECT_TRUE(rig.board.outputs.empty());
    EXPECT_EQ(rig.in(5) & 3, 3u);
    EXPECT_EQ(rig.in(5) & 2, 0u);
    EXPECT_EQ(rig.in(0), unsigned{'a'});
}

TEST(Uart, saves_and_loads_in_the_middle_of_receiving) {
    Rig rig;
    rig.out(2, 0x41);
    rig.out(1, 0x05);
    rig.out(7, 0x5A);
    rig.type("a line longer than the FIFO");
    rig.in(0);
    Rig other;
    other.type("different");
    expect_round_trip(rig.uart, other.uart, other.board);
    std::string got;
    while (other.in(5) & 1) got += static_cast<char>(other.in(0));
    EXPECT_EQ(got, " line longer than the FIFO");
    other.uart.reset();
    EXPECT_EQ(other.uart.hash(), Rig().uart.hash());
}

}  // namespace
}  // namespace sim::devices
