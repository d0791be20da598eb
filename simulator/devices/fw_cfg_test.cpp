// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/fw_cfg.hpp"

#include <gtest/gtest.h>

#include "simulator/devices/reset_control.hpp"
#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;

machine::MachineConfig config() {
    machine::MachineConfig result;
    result.command_line = "console=ttyS0";
    result.memory_bytes = 4ull << 30;
    result.processors = 2;
    return result;
}

struct Rig {
    FakeBoard board{1 << 16};
    FwCfg cfg{board, config()};
    std::string item(unsigned key, std::size_t length) {
        cfg.io_write(0, 0, 2, key);
        std::string text;
        while (text.size() < length) text += static_cast<char>(cfg.io_read(0, 1, 1));
        return text;
    }
    void put_be(std::size_t at, unsigned size, std::uint64_t value) {
        for (unsigned i = 0; i < size; ++i)
            board.ram[at + i] = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
    }
    void dma(std::uint32_t control, std::uint32_t length, std::uint64_t address) {
        put_be(0x100, 4, control);
        put_be(0x104, 4, length);
        put_be(0x108, 8, address);
        cfg.io_write(0, 4, 4, 0);
        cfg.io_write(0, 8, 4, __builtin_bswap32(0x100));
    }
    std::uint8_t error() { return board.ram[0x103]; }
};

TEST(FwCfg, says_who_it_is_and_what_the_machine_has) {
    Rig rig;
    EXPECT_EQ(rig.item(0, 4), "QEMU");
    EXPECT_EQ(rig.item(1, 1)[0], 3);  // ports and DMA
    EXPECT_EQ(rig.item(5, 2), std::string("\2\0", 2));
    EXPECT_EQ(rig.item(0x15, 14), std::string("console=ttyS0\0", 14));
    EXPECT_EQ(rig.item(0, 6), std::string("QEMU\0\0", 6));  // zeros past the end
    EXPECT_EQ(rig.item(0x7777, 2), std::string(2, '\0'));
    EXPECT_EQ(rig.board.reports.size(), 1u);
}

TEST(FwCfg, the_directory_leads_to_the_memory_map) {
    Rig rig;
    std::string const directory = rig.item(0x19, 4 + 64);
    EXPECT_EQ(directory.substr(0, 4), std::string("\0\0\0\1", 4));
    EXPECT_EQ(directory[7], 40);  // two ranges of 20 bytes
    EXPECT_STREQ(directory.c_str() + 12, "etc/e820");
    unsigned const key =
        static_cast<unsigned char>(directory[8]) << 8 | static_cast<unsigned char>(directory[9]);
    std::string const map = rig.item(key, 40);
    EXPECT_EQ(static_cast<unsigned char>(map[8 + 3]), 0xC0);  // up to 3 GiB
    EXPECT_EQ(map[20 + 4], 1);                                // and from 4 GiB
}

TEST(FwCfg, copies_by_dma) {
    Rig rig;
    EXPECT_EQ(rig.cfg.io_read(0, 4, 4), 0x554D4551u);  // "QEMU"
    EXPECT_EQ(rig.cfg.io_read(0, 8, 4), 0x47464320u);  // " CFG"
    rig.dma(0x15u << 16 | 8 | 2, 7, 0x200);
    EXPECT_EQ(std::string(rig.board.ram.begin() + 0x200, rig.board.ram.begin() + 0x207), "console");
    EXPECT_EQ(rig.error(), 0);
    rig.dma(4, 1, 0);  // skip "="
    rig.dma(2, 5, 0x300);
    EXPECT_EQ(std::string(rig.board.ram.begin() + 0x300, rig.board.ram.begin() + 0x305), "ttyS0");
}

TEST(FwCfg, refuses_to_write_and_to_reach_outside) {
    Rig rig;
    rig.dma(0x15u << 16 | 8 | 16, 4, 0x200);
    EXPECT_EQ(rig.error(), 1);
    rig.dma(8 | 2, 0xFFFF'FFFF, 0xF000);
    EXPECT_EQ(rig.error(), 1);
    rig.cfg.io_write(0, 4, 4, 0xFFFF'FFFF);
    rig.cfg.io_write(0, 8, 4, 0);
    EXPECT_EQ(rig.board.reports.size(), 1u);
}

TEST(FwCfg, state_round_trips) {
    Rig rig, other;
    rig.item(0x15, 3);
    rig.cfg.io_write(0, 4, 4, 0x12345678);
    expect_round_trip(rig.cfg, other.cfg, other.board);
    EXPECT_EQ(other.cfg.io_read(0, 1, 1), std::uint64_t{'s'});
    other.cfg.reset();
    EXPECT_EQ(other.cfg.hash(), Rig().cfg.hash());
}

TEST(ResetControl, two_ways_to_reset_end_the_run) {
    for (int way = 0; way < 2; ++way) {
        FakeBoard board;
        ResetControl control(board);
        if (way == 0) control.io_write(ResetControl::chipset, 0, 1, 0x02);  // arms, and does nothing yet
        EXPECT_FALSE(board.exit_status);
        if (way == 0) control.io_write(ResetControl::chipset, 0, 1, ResetControl::full_reset);
        if (way == 1) control.io_write(ResetControl::fast, 0, 1, 3);
        EXPECT_EQ(board.exit_status, ResetControl::reset_status) << way;
    }
}

TEST(ResetControl, keeps_the_last_diagnostic_code) {
    FakeBoard board;
    ResetControl control(board), other(board);
    control.io_write(ResetControl::diagnostic, 0, 1, 0x42);
    expect_round_trip(control, other, board);
    EXPECT_EQ(other.io_read(ResetControl::diagnostic, 0, 1), 0x42u);
}

}  // namespace
}  // namespace sim::devices
