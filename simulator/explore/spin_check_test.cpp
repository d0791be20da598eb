// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/spin_check.hpp"

#include <gtest/gtest.h>

#include "simulator/board/pc.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::explore {
namespace {

namespace code = scenario::code;

constexpr std::uint64_t slice = 1'000'000;

struct Guest {
    explicit Guest(std::string const& text, SpinBounds bounds) {
        std::string const elf = scenario::TinyImage{text}.elf();
        machine::MachineConfig config;
        config.memory_bytes = 2 << 20;
        config.network = false;
        config.image = {"tiny.elf", "",
                        std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end())};
        pc = board::make_pc(std::move(config));
        check.emplace(*pc, bounds);
    }
    // Runs slice by slice, as those do who ask; the instructions after which it spins, or 0.
    std::uint64_t spins_within(std::uint64_t instructions) {
        while (pc->moment().retired < instructions) {
            pc->run({.moment = {pc->moment().retired + slice, 0}});
            if (check->spins()) return pc->moment().retired;
        }
        return 0;
    }
    std::unique_ptr<machine::Machine> pc;
    std::optional<SpinCheck> check;
};

constexpr SpinBounds short_ones{.repeating = 5 * slice, .silent = 10 * slice};

TEST(SpinCheck, a_jump_to_itself_is_proven_at_the_first_look) {
    Guest guest(code::spin, short_ones);
    EXPECT_LT(guest.spins_within(2 * slice), 2 * slice);
    EXPECT_TRUE(guest.check->proven());
    EXPECT_EQ(guest.check->period(), 1u);
    EXPECT_FALSE(guest.check->silent_since());
}

TEST(SpinCheck, with_interrupts_on_nothing_spins) {
    Guest guest(code::spin_open, short_ones);
    EXPECT_EQ(guest.spins_within(20 * slice), 0u);
}

TEST(SpinCheck, a_loop_that_reads_is_believed_after_a_while) {
    Guest guest(code::read_in_circles, short_ones);
    std::uint64_t const at = guest.spins_within(20 * slice);
    EXPECT_GE(at, short_ones.repeating);
    EXPECT_LT(at, short_ones.silent);
    EXPECT_FALSE(guest.check->proven());
    EXPECT_EQ(guest.check->period(), 2u);
    EXPECT_FALSE(guest.check->silent_since());
}

// One count for both, as --patience gives: the loop is told, not the silence.
TEST(SpinCheck, a_loop_is_told_before_a_silence) {
    Guest guest(code::read_in_circles, {.repeating = 10 * slice, .silent = 10 * slice});
    EXPECT_GE(guest.spins_within(20 * slice), 10 * slice);
    EXPECT_EQ(guest.check->period(), 2u);
    EXPECT_FALSE(guest.check->silent_since());
}

TEST(SpinCheck, who_computes_is_silent_since_the_last_device) {
    Guest guest(code::print("x") + code::count, short_ones);
    EXPECT_GE(guest.spins_within(20 * slice), short_ones.silent);
    EXPECT_FALSE(guest.check->proven());
    EXPECT_EQ(guest.check->silent_since(), (machine::Moment{3, 0}));
}

TEST(SpinCheck, who_looks_at_the_clock_is_let_be) {
    Guest guest(code::watch_the_clock, short_ones);
    EXPECT_EQ(guest.spins_within(30 * slice), 0u);
}

// What the host sends may end it: only a proof counts.
TEST(SpinCheck, while_the_host_may_send_something_nothing_is_believed) {
    SpinBounds bounds = short_ones;
    bounds.host = true;
    for (std::string const& text : {code::count, code::read_in_circles}) {
        Guest guest(text, bounds);
        EXPECT_EQ(guest.spins_within(30 * slice), 0u);
    }
    Guest proven(code::spin, bounds);
    EXPECT_NE(proven.spins_within(2 * slice), 0u);
}

TEST(SpinCheck, heard_interrupts_make_the_suspicion_void) {
    Guest guest(code::read_in_circles, short_ones);
    EXPECT_EQ(guest.spins_within(4 * slice), 0u);
    guest.check->heard_interrupts();
    EXPECT_EQ(guest.spins_within(8 * slice), 0u);
    EXPECT_NE(guest.spins_within(20 * slice), 0u);
}

}  // namespace
}  // namespace sim::explore
