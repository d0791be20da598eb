// SPDX-License-Identifier: GPL-2.0-or-later
//
// Real mode as a second processor meets it: after INIT and a start-up message.
#include <gtest/gtest.h>

#include <random>

#include "simulator/engine/real_mode.hpp"
#include "simulator/engine/test_board.hpp"

namespace sim::engine::test {
namespace {

constexpr std::uint64_t long_enough = 1'000'000;
constexpr std::uint32_t signature = 0x00060FB1;

struct Started : Board {
    Started() : Board("realmode") {
        std::memcpy(ram() + 0x8000, ram() + entry, 4096);
        cpu->memory_written(0x8000, 4096);
        CpuState state = after_power_up(signature);
        start_up_at(state, 8);
        cpu->set_state(state, 0);
    }
    unsigned real(unsigned index) const { return at<std::uint16_t>(0x5000 + 2 * index); }
};

TEST(RealMode, begins_as_the_manual_says) {
    Started board;
    CpuState const state = board.cpu->state();
    EXPECT_EQ(state.cs, (Segment{0x800, 0x8000, 0xFFFF, 0x93}));
    EXPECT_EQ(state.rip, 0u);
    EXPECT_EQ(state.cr0, 0x6000'0010u);
    EXPECT_EQ(state.rflags, 2u);
    EXPECT_EQ(state[Gpr::rdx], signature);
    EXPECT_EQ(state.privilege, 0);
}

TEST(RealMode, runs_interrupts_and_segments_and_finds_the_way_to_long_mode) {
    Started board;
    ASSERT_EQ(board.run(long_enough), StopReason::requested) << std::hex << board.cpu->state().rip;
    EXPECT_EQ(board.exit_status, 42u);
    unsigned const expected[] = {
        0x800, signature & 0xFFFF, 0x1235, 0x7000, 0, 0xD0, 2, 6, 0x700, 0x800, 0, 0x5A, 1, 0xFFFE, 0, 0};
    for (unsigned i = 0; i < std::size(expected); ++i) EXPECT_EQ(board.real(i), expected[i]) << i;
    EXPECT_EQ(board.result(0), 0x600DF00Du);
}

TEST(RealMode, is_the_same_cut_anywhere_and_moved_to_another_processor) {
    Started straight;
    ASSERT_EQ(straight.run(long_enough), StopReason::requested);
    Started pieces;
    std::mt19937_64 random(7);
    // Each of the first instructions, then here and there.
    StopReason reason = StopReason::limit;
    while (reason == StopReason::limit || reason == StopReason::halted) {
        std::uint64_t const count = pieces.cpu->retired();
        reason = pieces.run(count + (count < 400 ? 1 : random() % 5000 + 1));
        if (random() % 4 == 0) {
            Started other;
            pieces.copy_to(other);
            ASSERT_EQ(other.hash(), pieces.hash()) << count;
            if (reason == StopReason::limit) {
                other.run(count + 20);
                pieces.run(count + 20);
                ASSERT_EQ(other.hash(), pieces.hash()) << count;
            }
        }
        if (reason == StopReason::halted) break;
    }
    EXPECT_EQ(reason, StopReason::requested);
    EXPECT_EQ(pieces.hash(), straight.hash());
}

TEST(RealMode, a_vector_beyond_the_table_is_a_shutdown) {
    Started board;
    CpuState state = board.cpu->state();
    state.idtr.limit = 0;
    state.rip = 0x300;  // in the middle of the page
    board.put<std::uint16_t>(0x8300, 0x0B0F);
    board.cpu->set_state(state, 0);
    EXPECT_EQ(board.run(1000), StopReason::shutdown);
}

TEST(RealMode, init_keeps_what_it_must) {
    CpuState before = after_power_up(signature);
    before.cr0 = 0x8000'0011;  // caches on, paging
    before.lstar = 0x1234;
    before.fxsave[0] = 0x7F;
    before.efer = 0x500;
    before.nmi_blocked = true;
    before.halted = true;
    CpuState const after = after_init(before, signature);
    EXPECT_EQ(after.cr0, 0x10u);
    EXPECT_EQ(after.lstar, 0x1234u);
    EXPECT_EQ(after.fxsave[0], 0x7F);
    EXPECT_EQ(after.efer, 0u);
    EXPECT_FALSE(after.nmi_blocked || after.halted);
    EXPECT_EQ(after.cs.base + after.rip, 0xFFFF'FFF0u);
}

}  // namespace
}  // namespace sim::engine::test
