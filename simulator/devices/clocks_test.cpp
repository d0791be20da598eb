// SPDX-License-Identifier: GPL-2.0-or-later
//
// The PIT, the calendar clock and the PM timer.
#include <gtest/gtest.h>

#include <random>

#include "simulator/devices/debug_exit.hpp"
#include "simulator/devices/pit.hpp"
#include "simulator/devices/pm_timer.hpp"
#include "simulator/devices/rtc.hpp"
#include "tests/fakes/fake_board.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;
constexpr std::uint64_t ms = 1'000'000;

void program(Pit& pit, unsigned counter, unsigned mode, std::uint16_t reload) {
    pit.io_write(0, 3, 1, counter << 6 | 3u << 4 | mode << 1);
    pit.io_write(0, counter, 1, reload & 0xFF);
    pit.io_write(0, counter, 1, reload >> 8);
}

unsigned latched(Pit& pit, unsigned counter) {
    pit.io_write(0, 3, 1, counter << 6);
    auto const low = pit.io_read(0, counter, 1);
    return static_cast<unsigned>(low | pit.io_read(0, counter, 1) << 8);
}

TEST(Pit, periodic_ticks_do_not_drift) {
    FakeBoard board;
    Pit pit(board);
    int ticks = 0;
    board.on_wire = [&](unsigned gsi, bool level) { ticks += gsi == 0 && level; };
    program(pit, 0, 2, 11932);  // 100 Hz
    ticks = 0;
    board.advance(1000 * ms);
    EXPECT_EQ(ticks, 99);  // 11932 / 1193182 is a little over 10 ms
    board.advance(1 * ms);
    EXPECT_EQ(ticks, 100);
}

TEST(Pit, counts_down_and_latches) {
    FakeBoard board;
    Pit pit(board);
    program(pit, 0, 2, 0);  // 65536
    board.advance(10 * ms);
    EXPECT_EQ(latched(pit, 0), 65536u - 11931u);
    pit.io_write(0, 3, 1, 0);
    board.advance(10 * ms);
    auto const low = pit.io_read(0, 0, 1);  // still what was latched
    EXPECT_EQ(low | pit.io_read(0, 0, 1) << 8, 65536u - 11931u);
}

TEST(Pit, mode_0_raises_its_wire_once) {
    FakeBoard board;
    Pit pit(board);
    program(pit, 0, 0, 1194);
    EXPECT_FALSE(board.wires[0]);
    board.advance(2 * ms);
    EXPECT_TRUE(board.wires[0]);
    EXPECT_FALSE(board.events.first());
}

TEST(Pit, counter_2_is_gated_and_watched_through_port_61) {
    FakeBoard board;
    Pit pit(board);
    program(pit, 2, 0, 11932);
    board.advance(50 * ms);
    EXPECT_FALSE(pit.io_read(1, 0, 1) & 0x20);  // the gate is closed
    pit.io_write(1, 0, 1, 1);
    board.advance(9 * ms);
    EXPECT_FALSE(pit.io_read(1, 0, 1) & 0x20);
    board.advance(2 * ms);
    EXPECT_TRUE(pit.io_read(1, 0, 1) & 0x20);
    EXPECT_NE(pit.io_read(1, 0, 1) & 0x10, pit.io_read(1, 0, 1) & 0x10);
}

TEST(Pit, saves_and_loads_between_two_halves_of_a_count) {
    FakeBoard board;
    Pit pit(board), other(board);
    program(pit, 0, 2, 1000);
    pit.io_write(0, 3, 1, 0xB4);
    pit.io_write(0, 2, 1, 0x34);
    board.advance(1 * ms);
    expect_round_trip(pit, other, board);
    other.io_write(0, 2, 1, 0x12);
    other.io_write(1, 0, 1, 1);
    EXPECT_EQ(latched(other, 2), 0x1234u);
    other.reset();
    EXPECT_EQ(other.hash(), Pit(board).hash());
}

TEST(Pit, a_closed_gate_holds_a_one_shot_and_restarts_a_period) {
    FakeBoard board;
    Pit pit(board);
    program(pit, 2, 0, 10'000);
    pit.io_write(1, 0, 1, 1);
    board.advance(1 * ms);
    pit.io_write(1, 0, 1, 0);
    unsigned const held = latched(pit, 2);
    EXPECT_EQ(held, 10'000u - 1193u);
    board.advance(5 * ms);
    EXPECT_EQ(latched(pit, 2), held);
    pit.io_write(1, 0, 1, 1);
    EXPECT_EQ(latched(pit, 2), held);
    program(pit, 2, 2, 10'000);
    board.advance(1 * ms);
    pit.io_write(1, 0, 1, 0);
    pit.io_write(1, 0, 1, 1);
    EXPECT_EQ(latched(pit, 2), 10'000u);
}

TEST(Pit, the_gate_is_the_trigger_of_mode_1) {
    FakeBoard board;
    Pit pit(board);
    program(pit, 2, 1, 1194);
    board.advance(5 * ms);
    EXPECT_TRUE(pit.io_read(1, 0, 1) & 0x20);  // high until triggered
    pit.io_write(1, 0, 1, 1);
    EXPECT_FALSE(pit.io_read(1, 0, 1) & 0x20);
    pit.io_write(1, 0, 1, 0);  // closing does not matter
    board.advance(2 * ms);
    EXPECT_TRUE(pit.io_read(1, 0, 1) & 0x20);
}

TEST(Pit, counts_in_bcd) {
    FakeBoard board;
    Pit pit(board);
    pit.io_write(0, 3, 1, 0x35);  // counter 0, both bytes, mode 2, BCD
    pit.io_write(0, 0, 1, 0x00);
    pit.io_write(0, 0, 1, 0x20);  // 2000
    board.advance(1 * ms);        // 1193 ticks
    EXPECT_EQ(latched(pit, 0), 0x0807u);
}

TEST(Pit, a_bcd_count_goes_on_from_9999) {
    FakeBoard board;
    Pit pit(board);
    pit.io_write(0, 3, 1, 0x31);  // counter 0, both bytes, mode 0, BCD
    pit.io_write(0, 0, 1, 0x00);
    pit.io_write(0, 0, 1, 0x10);  // 1000
    board.advance(1 * ms);        // 1193 ticks
    EXPECT_EQ(latched(pit, 0), 0x9807u);
    board.advance(9 * ms);  // 11931
    EXPECT_EQ(latched(pit, 0), 0x9069u);
}

TEST(Pit, is_silent_while_another_has_its_interrupt) {
    FakeBoard board;
    Pit pit(board);
    int ticks = 0;
    program(pit, 0, 2, 1194);
    board.on_wire = [&](unsigned, bool level) { ticks += level; };
    pit.connect_interrupt(false);
    board.advance(10 * ms);
    EXPECT_EQ(ticks, 0);
    pit.connect_interrupt(true);
    board.advance(10 * ms);
    EXPECT_EQ(ticks, 10);
}

unsigned rtc_register(Rtc& rtc, unsigned index) {
    rtc.io_write(0, 0, 1, index);
    return static_cast<unsigned>(rtc.io_read(0, 1, 1));
}

TEST(Rtc, tells_the_configured_date_plus_virtual_time) {
    FakeBoard board;
    Rtc rtc(board, 1'767'225'600);  // 2026-01-01 00:00:00
    EXPECT_EQ(rtc_register(rtc, 9), 0x26u);
    EXPECT_EQ(rtc_register(rtc, 0x32), 0x20u);
    board.advance((13ull * 3600 + 59 * 60 + 58) * 1000 * ms);
    EXPECT_EQ(rtc_register(rtc, 4), 0x13u);
    EXPECT_EQ(rtc_register(rtc, 2), 0x59u);
    EXPECT_EQ(rtc_register(rtc, 0), 0x58u);
    EXPECT_EQ(rtc_register(rtc, 6), 5u);  // a Thursday
    rtc.io_write(0, 0, 1, 0x0B);
    rtc.io_write(0, 1, 1, 0x04);  // binary, 12 hours
    EXPECT_EQ(rtc_register(rtc, 0), 58u);
    EXPECT_EQ(rtc_register(rtc, 4), 0x81u);
}

TEST(Rtc, its_memory_tells_how_much_ram_there_is) {
    FakeBoard board;
    Rtc rtc(board, 0, 5ull << 30);
    auto const word = [&](unsigned index) {
        return rtc_register(rtc, index) | rtc_register(rtc, index + 1) << 8;
    };
    EXPECT_EQ(word(0x15), 640u);
    EXPECT_EQ(word(0x17), 0xFFFFu);
    EXPECT_EQ(word(0x30), 0xFFFFu);
    EXPECT_EQ(word(0x34), (0xC000'0000u - 0x100'0000u) >> 16);
    EXPECT_EQ(word(0x5B), 0x8000u);  // 2 GiB
    EXPECT_EQ(rtc_register(rtc, 0x5D), 0u);
    unsigned sum = 0;
    for (unsigned i = 0x10; i < 0x2E; ++i) sum += rtc_register(rtc, i);
    EXPECT_EQ(sum, rtc_register(rtc, 0x2E) << 8 | rtc_register(rtc, 0x2F));
    Rtc small(board, 0, 4 << 20);
    EXPECT_EQ(rtc_register(small, 0x17) | rtc_register(small, 0x18) << 8, 3072u);
    EXPECT_EQ(rtc_register(small, 0x34), 0u);
}

TEST(Rtc, its_bytes_are_memory_and_its_state_round_trips) {
    FakeBoard board;
    Rtc rtc(board, 0), other(board, 0);
    rtc.io_write(0, 0, 1, 0x40);
    rtc.io_write(0, 1, 1, 0xAB);
    EXPECT_EQ(rtc_register(rtc, 0x40), 0xABu);
    expect_round_trip(rtc, other, board);
    other.reset();
    EXPECT_EQ(other.hash(), Rtc(board, 0).hash());
}

void set_rtc(Rtc& rtc, unsigned index, unsigned value) {
    rtc.io_write(0, 0, 1, index);
    rtc.io_write(0, 1, 1, value);
}

TEST(Rtc, an_update_is_announced_244_us_before_the_second) {
    FakeBoard board;
    Rtc rtc(board, 0);
    board.advance(1000 * ms - 244'001);
    EXPECT_FALSE(rtc_register(rtc, 0x0A) & 0x80);
    board.advance(1);
    EXPECT_TRUE(rtc_register(rtc, 0x0A) & 0x80);
    EXPECT_EQ(rtc_register(rtc, 0), 0u);
    board.advance(244'000);
    EXPECT_FALSE(rtc_register(rtc, 0x0A) & 0x80);
    EXPECT_EQ(rtc_register(rtc, 0), 1u);
}

TEST(Rtc, interrupts_1024_times_a_second_at_exact_moments) {
    FakeBoard board;
    Rtc rtc(board, 0);
    int rises = 0;
    bool last = false;
    board.on_wire = [&](unsigned wire, bool level) {
        ASSERT_EQ(wire, 8u);
        rises += level && !last;
        last = level;
        if (level) {
            EXPECT_EQ(board.now_ns, (static_cast<std::uint64_t>(rises) * 1'000'000'000 + 1023) / 1024);
        }
    };
    set_rtc(rtc, 0x0B, 0x42);
    for (int i = 0; i < 1024; ++i) {
        board.advance(977 * 1000);
        EXPECT_EQ(
            rtc_register(rtc, 0x0C),
            0xC0u | (board.now_ns / (1000 * ms) != (board.now_ns - 977'000) / (1000 * ms) ? 0x10u : 0u));
    }
    EXPECT_EQ(rises, 1024);
}

TEST(Rtc, update_and_alarm_interrupts_come_with_their_flags) {
    FakeBoard board;
    Rtc rtc(board, 0);
    set_rtc(rtc, 1, 0x03);
    set_rtc(rtc, 3, 0xFF);
    set_rtc(rtc, 5, 0xC0);
    set_rtc(rtc, 0x0B, 0x22);  // alarm at every minute's third second
    board.advance(3000 * ms - 1);
    EXPECT_FALSE(board.wires[8]);
    board.advance(1);
    EXPECT_TRUE(board.wires[8]);
    EXPECT_EQ(rtc_register(rtc, 0x0C) & 0xB0, 0xB0u);
    EXPECT_FALSE(board.wires[8]);
    EXPECT_EQ(rtc_register(rtc, 0x0C) & ~0x40u, 0u);
    set_rtc(rtc, 0x0B, 0x12);
    board.advance(1000 * ms);
    EXPECT_TRUE(board.wires[8]);
    EXPECT_EQ(rtc_register(rtc, 0x0C) & 0x90, 0x90u);
}

TEST(Rtc, can_be_set_and_stands_still_meanwhile) {
    FakeBoard board;
    Rtc rtc(board, 1'767'225'600);
    set_rtc(rtc, 0x0B, 0x82);
    set_rtc(rtc, 9, 0x30);
    set_rtc(rtc, 8, 0x02);
    set_rtc(rtc, 7, 0x28);
    set_rtc(rtc, 4, 0x23);
    set_rtc(rtc, 2, 0x59);
    set_rtc(rtc, 0, 0x59);
    board.advance(5000 * ms);
    EXPECT_EQ(rtc_register(rtc, 0), 0x59u);
    set_rtc(rtc, 0x0B, 0x02);
    EXPECT_EQ(rtc_register(rtc, 4), 0x23u);
    board.advance(1000 * ms);
    EXPECT_EQ(rtc_register(rtc, 8), 0x03u);
    EXPECT_EQ(rtc_register(rtc, 7), 0x01u);
    EXPECT_EQ(rtc_register(rtc, 9), 0x30u);
    set_rtc(rtc, 8, 0xFF);  // no month
    rtc.describe();
    EXPECT_EQ(rtc_register(rtc, 8), 0x12u);
}

TEST(PmTimer, its_event_comes_when_the_highest_bit_changes) {
    FakeBoard board;
    PmTimer pm(board);
    pm.io_write(0, 2, 2, 1);
    std::uint64_t const due = (std::uint64_t{1 << 23} * 1'000'000'000 + 3'579'544) / 3'579'545;
    board.advance_to(due - 1);
    EXPECT_FALSE(board.wires[9]);
    board.advance_to(due);
    EXPECT_TRUE(board.wires[9]);
    EXPECT_EQ(pm.io_read(0, 0, 2), 1u);
    pm.io_write(0, 0, 2, 1);
    EXPECT_FALSE(board.wires[9]);
    EXPECT_EQ(pm.io_read(0, 0, 4), 1u << 16);
}

TEST(PmTimer, runs_at_3_579545_mhz_in_24_bits) {
    FakeBoard board;
    PmTimer pm(board);
    board.advance(1000 * ms);
    EXPECT_EQ(pm.io_read(0, 8, 4), 3'579'545u);
    board.advance(9000 * ms);
    EXPECT_EQ(pm.io_read(0, 8, 4), 35'795'450u & 0xFFFFFFu);
}

TEST(PmTimer, the_sleep_type_of_s5_turns_the_machine_off) {
    FakeBoard board;
    PmTimer pm(board);
    EXPECT_EQ(pm.io_read(0, 4, 2), 1u);
    pm.io_write(0, 4, 2, 0);
    EXPECT_FALSE(board.exit_status);
    pm.io_write(0, 4, 2, 1u << 13 | 5u << 10);  // another state, which is not there
    EXPECT_FALSE(board.exit_status);
    pm.io_write(0, 4, 2, 0x2000);
    pm.io_write(0, 4, 2, 3u << 10);
    EXPECT_EQ(board.exit_status, 0u);
    PmTimer other(board);
    expect_round_trip(pm, other, board);
    other.reset();
    EXPECT_EQ(other.hash(), PmTimer(board).hash());
}

// A state from a file may hold anything: what would later divide by zero or
// reach outside is refused when loaded, the rest is somebody's odd machine.
TEST(Clocks, load_any_bytes_or_refuse_them_and_go_on) {
    std::mt19937 random(1);
    FakeBoard board;
    board.now_ns = 12'345'678;
    Pit pit(board);
    Rtc rtc(board, 0);
    PmTimer pm(board);
    int loaded = 0;
    for (int i = 0; i < 3000; ++i)
        for (machine::Device* const device :
             {static_cast<machine::Device*>(&pit), static_cast<machine::Device*>(&rtc),
              static_cast<machine::Device*>(&pm)}) {
            auto bytes = fakes::saved(*device);
            for (unsigned n = random() % 4; n > 0; --n)
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            machine::StateReader reader(bytes);
            try {
                device->load(reader);
                ++loaded;
            } catch (machine::StateError const&) {
                device->reset();
            }
            device->describe();
            auto* const ports = dynamic_cast<machine::IoHandler*>(device);
            for (unsigned offset = 0; offset < 4; ++offset) ports->io_read(0, offset, 1);
            board.advance(1000);
        }
    EXPECT_GT(loaded, 3000);
}

TEST(DebugExit, passes_the_value_on) {
    FakeBoard board;
    DebugExit exit(board);
    exit.io_write(0, 0, 4, 101);
    EXPECT_EQ(board.exit_status, 101u);
}

}  // namespace
}  // namespace sim::devices
