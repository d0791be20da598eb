// SPDX-License-Identifier: GPL-2.0-or-later
//
// The 8042 as kernels meet it: tested, asked, its keyboard greeted, the reset
// line pulsed, and never in anybody's way.
#include "simulator/devices/keyboard_controller.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using Bytes = std::vector<unsigned>;

struct Rig {
    fakes::FakeBoard board;
    ResetControl reset_control{board};
    KeyboardController keyboard{board, reset_control};
    int interrupts = 0;
    Rig() {
        board.on_wire = [this](unsigned wire, bool level) { interrupts += wire == 1 && level; };
    }
    unsigned status() { return static_cast<unsigned>(keyboard.io_read(KeyboardController::command, 0, 1)); }
    void command(unsigned byte) { keyboard.io_write(KeyboardController::command, 0, 1, byte); }
    void write(unsigned byte) { keyboard.io_write(KeyboardController::data, 0, 1, byte); }
    // All that can be read.
    Bytes read() {
        Bytes bytes;
        while (status() & 1)
            bytes.push_back(static_cast<unsigned>(keyboard.io_read(KeyboardController::data, 0, 1)));
        return bytes;
    }
    Bytes ask(unsigned byte) {
        command(byte);
        return read();
    }
    Bytes key(unsigned byte) {
        write(byte);
        return read();
    }
};

TEST(KeyboardController, is_idle_at_first_and_its_input_buffer_is_always_empty) {
    Rig rig;
    EXPECT_EQ(rig.status(), 0x14u);
    rig.command(0x60);
    EXPECT_EQ(rig.status(), 0x1Cu);  // the last write was a command
    rig.write(0x65);
    EXPECT_EQ(rig.status(), 0x14u);
}

TEST(KeyboardController, tests_pass_and_the_second_port_is_missing) {
    Rig rig;
    EXPECT_EQ(rig.ask(0xAA), Bytes{0x55});
    EXPECT_EQ(rig.ask(0xAB), Bytes{0x00});
    EXPECT_NE(rig.ask(0xA9), Bytes{0x00});
    rig.command(0xA8);
    EXPECT_EQ(rig.ask(0x20)[0] & 0x20, 0x20u);
    rig.command(0xD4);
    rig.write(0xF2);
    EXPECT_EQ(rig.status() & 0x41, 0x41u);
    EXPECT_EQ(rig.read(), Bytes{0xFE});
    EXPECT_EQ(rig.status() & 0x40, 0u);
}

TEST(KeyboardController, the_command_byte_is_written_and_read_and_ports_switched) {
    Rig rig;
    EXPECT_EQ(rig.ask(0x20), Bytes{0x65});
    rig.command(0x60);
    rig.write(0x04);
    EXPECT_EQ(rig.ask(0x20), Bytes{0x24});
    rig.command(0xAD);
    EXPECT_EQ(rig.ask(0x20), Bytes{0x34});
    rig.command(0xAE);
    EXPECT_EQ(rig.ask(0x20), Bytes{0x24});
}

TEST(KeyboardController, the_keyboard_answers_as_one_of_101_keys) {
    Rig rig;
    EXPECT_EQ(rig.key(0xFF), (Bytes{0xFA, 0xAA}));
    EXPECT_EQ(rig.key(0xF2), (Bytes{0xFA, 0xAB, 0x41}));
    EXPECT_EQ(rig.key(0xEE), Bytes{0xEE});
    EXPECT_EQ(rig.key(0xED), Bytes{0xFA});
    EXPECT_EQ(rig.key(0x07), Bytes{0xFA});
    EXPECT_EQ(rig.key(0xF0), Bytes{0xFA});
    EXPECT_EQ(rig.key(0x00), (Bytes{0xFA, 0x41}));
    EXPECT_EQ(rig.key(0xF4), Bytes{0xFA});
    EXPECT_EQ(rig.key(0x12), Bytes{0xFE});
    rig.command(0x60);
    rig.write(0x20);  // no translation, no interrupt
    EXPECT_EQ(rig.key(0xF2), (Bytes{0xFA, 0xAB, 0x83}));
}

TEST(KeyboardController, every_byte_to_read_is_one_interrupt_if_wanted) {
    Rig rig;
    rig.key(0xFF);
    EXPECT_EQ(rig.interrupts, 2);
    EXPECT_FALSE(rig.board.wires[1]);
    rig.command(0x60);
    rig.write(0x24);
    rig.key(0xFF);
    EXPECT_EQ(rig.interrupts, 2);
}

TEST(KeyboardController, keeps_a20_and_resets_by_its_line) {
    Rig rig;
    EXPECT_EQ(rig.ask(0xD0)[0] & 3, 3u);
    rig.command(0xDD);
    EXPECT_EQ(rig.ask(0xD0)[0] & 3, 1u);
    rig.command(0xD1);
    rig.write(0x03);
    EXPECT_EQ(rig.ask(0xD0)[0] & 3, 3u);
    EXPECT_FALSE(rig.board.exit_status);
    rig.command(0xFF);
    EXPECT_FALSE(rig.board.exit_status);
    rig.command(0xFE);
    EXPECT_EQ(rig.board.exit_status, ResetControl::reset_status);
    Rig other;
    other.command(0xD1);
    other.write(0xFE);
    EXPECT_EQ(other.board.exit_status, ResetControl::reset_status);
}

TEST(KeyboardController, state_round_trips_and_random_bytes_do_no_harm) {
    std::mt19937 random(1);
    Rig rig, other;
    for (int i = 0; i < 20'000; ++i) {
        unsigned const byte = random() & 0xFF;
        switch (random() % 3) {
            case 0:
                rig.command(byte);
                break;
            case 1:
                rig.write(byte);
                break;
            default:
                rig.keyboard.io_read(random() % 2, 0, 1);
        }
        ASSERT_EQ(rig.status() & 0x02, 0u);
    }
    rig.ask(0x20);
    rig.command(0x60);
    rig.write(0x20);
    rig.command(0xAA);
    EXPECT_LT(fakes::saved(rig.keyboard).size(), 100u);
    expect_round_trip(rig.keyboard, other.keyboard, other.board);
    EXPECT_EQ(other.read(), Bytes{0x55});
    other.keyboard.reset();
    EXPECT_EQ(other.keyboard.hash(), Rig().keyboard.hash());
}

TEST(KeyboardController, loads_any_bytes_or_refuses_them_and_goes_on) {
    std::mt19937 random(2);
    Rig rig;
    auto const honest = fakes::saved(rig.keyboard);
    int refused = 0;
    for (int round = 0; round < 2000; ++round) {
        auto bytes = honest;
        for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        try {
            machine::StateReader reader(bytes);
            rig.keyboard.load(reader);
            rig.write(random() & 0xFF);
            rig.write(0xF0);
            rig.write(0);
            rig.read();
        } catch (machine::StateError const&) {
            ++refused;
            rig.keyboard.reset();
        }
    }
    EXPECT_GT(refused, 10);
    EXPECT_LT(refused, 2000);
}

}  // namespace
}  // namespace sim::devices
