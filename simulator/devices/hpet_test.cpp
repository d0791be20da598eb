// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/hpet.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;

struct Rig {
    FakeBoard board;
    Hpet hpet{board};
    std::map<unsigned, int> rises;
    Rig() {
        board.on_wire = [this, last = std::map<unsigned, bool>()](unsigned wire, bool level) mutable {
            rises[wire] += level && !last[wire];
            last[wire] = level;
        };
    }
    std::uint64_t read(unsigned offset, unsigned size = 8) {
        return hpet.io_read(0, offset, size) & (size == 8 ? ~0ull : 0xFFFF'FFFF);
    }
    void write(unsigned offset, std::uint64_t value, unsigned size = 8) {
        hpet.io_write(0, offset, size, value);
    }
};

TEST(Hpet, tells_its_period_and_timers) {
    Rig rig;
    EXPECT_EQ(rig.read(0) >> 32, 10'000'000u);  // femtoseconds
    EXPECT_EQ(rig.read(4, 4), 10'000'000u);
    EXPECT_EQ(rig.read(0) >> 8 & 31, 2u);
    EXPECT_TRUE(rig.read(0x100) & 1 << 4);
    EXPECT_EQ(rig.read(0x100 + 4, 4), 1u << 2 | 1u << 8 | 0xFu << 16);
}

TEST(Hpet, the_counter_runs_at_100_mhz_when_enabled_and_stands_still_else) {
    Rig rig;
    rig.board.advance(1000);
    EXPECT_EQ(rig.read(0xF0), 0u);
    rig.write(0x10, 1);
    rig.board.advance(1000);
    EXPECT_EQ(rig.read(0xF0), 100u);
    rig.write(0x10, 0);
    rig.board.advance(1000);
    EXPECT_EQ(rig.read(0xF0), 100u);
    rig.write(0xF4, 0x1234, 4);
    EXPECT_EQ(rig.read(0xF0), 0x1234'0000'0064u);
}

TEST(Hpet, one_shot_fires_at_the_exact_nanosecond_and_once) {
    Rig rig;
    rig.write(0x10, 1);
    rig.write(0x120, 1 << 2 | 16 << 9);  // timer 1, edge, pin 16
    rig.write(0x128, 500);
    rig.board.advance(4'999);
    EXPECT_EQ(rig.rises[16], 0);
    rig.board.advance(1);
    EXPECT_EQ(rig.rises[16], 1);
    rig.board.advance(1'000'000);
    EXPECT_EQ(rig.rises[16], 1);
}

TEST(Hpet, periodic_mode_takes_the_first_match_and_then_the_period) {
    Rig rig;
    rig.write(0x10, 1);
    rig.write(0x100, 1 << 6 | 1 << 3 | 1 << 2 | 17 << 9);
    rig.write(0x108, 150);
    rig.write(0x108, 100);
    rig.board.advance(1'500);
    EXPECT_EQ(rig.rises[17], 1);
    rig.board.advance(10'000);
    EXPECT_EQ(rig.rises[17], 11);
    EXPECT_EQ(rig.read(0x108), 1250u);
}

// A stall: time passes and nothing runs, not even timers.
TEST(Hpet, periodic_mode_goes_on_after_a_stall) {
    for (std::uint64_t const width : {0u, 1u << 8}) {
        Rig rig;
        rig.write(0xF0, width ? 0xFFFF'FF00 : 0);  // the 32 bits wrap in the stall
        rig.write(0x10, 1);
        rig.write(0x100, width | 1 << 6 | 1 << 3 | 1 << 2 | 17 << 9);
        rig.write(0x108, rig.read(0xF0) + 100);
        rig.write(0x108, 100);
        rig.board.now_ns += 12'340;
        rig.board.advance(0);
        EXPECT_EQ(rig.rises[17], 1);
        rig.board.advance(659);
        EXPECT_EQ(rig.rises[17], 1);
        rig.board.advance(1);
        EXPECT_EQ(rig.rises[17], 2);
        rig.board.advance(10'000);
        EXPECT_EQ(rig.rises[17], 12);
    }
}

TEST(Hpet, a_period_can_be_written_by_halves) {
    Rig rig;
    rig.write(0x10, 1);
    rig.write(0x100, 1 << 3 | 1 << 2 | 17 << 9);
    for (unsigned const half : {0u, 4u}) {
        rig.write(0x100, rig.read(0x100) | 1 << 6, 4);
        rig.write(0x108 + half, half ? 0 : 150, 4);
    }
    EXPECT_EQ(rig.read(0x108), 150u);
    rig.write(0x108, 100, 4);
    rig.board.advance(10'499);
    EXPECT_EQ(rig.rises[17], 9);
    rig.board.advance(1);
    EXPECT_EQ(rig.rises[17], 10);
}

TEST(Hpet, a_level_lasts_until_its_status_bit_is_written) {
    Rig rig;
    rig.write(0x10, 1);
    rig.write(0x140, 1 << 2 | 1 << 1 | 18 << 9);
    rig.write(0x148, 10);
    rig.board.advance(100);
    EXPECT_TRUE(rig.board.wires[18]);
    EXPECT_EQ(rig.read(0x20), 4u);
    rig.write(0x20, 4);
    EXPECT_FALSE(rig.board.wires[18]);
    EXPECT_EQ(rig.read(0x20), 0u);
}

TEST(Hpet, legacy_replacement_takes_interrupts_0_and_8) {
    Rig rig;
    std::vector<bool> told;
    rig.hpet.on_legacy_replacement([&](bool on) { told.push_back(on); });
    rig.write(0x10, 3);
    rig.write(0x100, 1 << 2 | 16 << 9);
    rig.write(0x108, 10);
    rig.write(0x120, 1 << 2);
    rig.write(0x128, 20);
    rig.board.advance(1000);
    EXPECT_EQ(rig.rises[0], 1);
    EXPECT_EQ(rig.rises[8], 1);
    EXPECT_EQ(rig.rises[16], 0);
    rig.write(0x10, 1);
    EXPECT_EQ(told, (std::vector{true, false}));
}

TEST(Hpet, in_32_bit_mode_only_the_low_half_is_compared) {
    Rig rig;
    rig.write(0xF0, 0xFFFF'FFF0);
    rig.write(0x100, 1 << 8 | 1 << 2 | 16 << 9);
    rig.write(0x108, 0x10);
    rig.write(0x10, 1);
    rig.board.advance(0x20 * 10 - 1);
    EXPECT_EQ(rig.rises[16], 0);
    rig.board.advance(1);
    EXPECT_EQ(rig.rises[16], 1);
}

TEST(Hpet, nonsense_is_ignored_and_a_pin_that_is_not_there_is_not_taken) {
    Rig rig;
    rig.write(0x100, 5u << 9);
    EXPECT_EQ(rig.read(0x100) >> 9 & 31, 0u);
    rig.write(0x3F8, ~0ull);
    rig.write(0x161, 7, 1);
    EXPECT_EQ(rig.read(0x3F8), 0u);
    EXPECT_EQ(rig.hpet.hash(), Rig().hpet.hash());
}

TEST(Hpet, state_round_trips_in_mid_period) {
    Rig rig, other;
    rig.write(0x10, 1);
    rig.write(0x100, 1 << 6 | 1 << 3 | 1 << 2 | 17 << 9);
    rig.write(0x108, 150);
    rig.write(0x108, 100);
    rig.board.advance(1'700);
    expect_round_trip(rig.hpet, other.hpet, other.board);
    other.board.now_ns = rig.board.now_ns;
    EXPECT_EQ(other.read(0xF0), rig.read(0xF0));
    other.hpet.reset();
    EXPECT_EQ(other.hpet.hash(), Rig().hpet.hash());
}

}  // namespace
}  // namespace sim::devices
