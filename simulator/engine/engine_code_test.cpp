// SPDX-License-Identifier: GPL-2.0-or-later
//
// How code becomes what is executed: code that changes, flags over the end of a
// block, and code that is hardly worth translating.
#include <gtest/gtest.h>

#include <algorithm>

#include "simulator/engine/core.hpp"
#include "simulator/engine/test_board.hpp"
#include "simulator/engine/unicorn_cpu.hpp"

namespace sim::engine::test {
namespace {

using Kind = BoardEvent::Kind;
constexpr std::uint64_t long_enough = 3'000'000;

// --- code that changes ---

std::vector<std::uint64_t> const code_results{
    1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 210, 0x1E00, 0x300, 0x1000 * 0x1001 / 2};

TEST(ChangingCode, is_executed_as_it_is_now) {
    Board board("code");
    add_dma(board);
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(results(board, 15), code_results);
    EXPECT_TRUE(board.log().empty());
}

TEST(ChangingCode, is_so_on_the_stepper_too) {
    Board board("code"), straight("code");
    add_dma(board);
    add_dma(straight);
    straight.run(long_enough);
    StopReason reason = StopReason::limit;
    while ((reason = board.run(board.cpu->retired() + 1)) == StopReason::limit) {
    }
    ASSERT_EQ(reason, StopReason::requested);
    EXPECT_EQ(results(board, 15), code_results);
    EXPECT_EQ(board.hash(), straight.hash());
}

std::vector<std::uint64_t> const own_page_results{40,
                                                  8,
                                                  0x284018,
                                                  0x1234,
                                                  0,
                                                  0x1122334455667788,
                                                  0x0102030405060708,
                                                  0x1112131415161718,
                                                  0x2122232425262728,
                                                  0x1F80,
                                                  0x7FC00170};

// Their second page is asked for when the first is code no longer.
TEST(ChangingCode, may_be_on_the_page_of_what_changes_it) {
    Board board("ownpage");
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(results(board, 11), own_page_results);
    EXPECT_TRUE(board.log().empty());
}

TEST(ChangingCode, may_be_there_on_the_stepper_too) {
    Board board("ownpage"), straight("ownpage");
    straight.run(long_enough);
    StopReason reason = StopReason::limit;
    while ((reason = board.run(board.cpu->retired() + 1)) == StopReason::limit) continue;
    ASSERT_EQ(reason, StopReason::requested);
    EXPECT_EQ(results(board, 11), own_page_results);
    EXPECT_EQ(board.hash(), straight.hash());
}

// Unicorn 2.1.1 forgets what the flags are made of when LOOPNE or LOOPE ends by
// its count.
TEST(Flags, outlive_a_loop_that_ends_by_its_count) {
    std::vector<std::uint64_t> const expected{0x882, 0x83, 0x887, 0x87, 0x06, 0x46, 0x06};
    Board straight("flags"), board("flags");
    ASSERT_EQ(straight.run(long_enough), StopReason::requested);
    EXPECT_EQ(straight.exit_status, 0u);
    EXPECT_EQ(results(straight, 7), expected);
    StopReason reason = StopReason::limit;
    while ((reason = board.run(board.cpu->retired() + 1)) == StopReason::limit) continue;
    ASSERT_EQ(reason, StopReason::requested);
    EXPECT_EQ(results(board, 7), expected);
    EXPECT_EQ(board.hash(), straight.hash());
}

// Unicorn 2.1.1 has changed the carry already when RCL or RCR is refused its store.
TEST(Flags, are_as_before_a_rotation_that_has_not_happened) {
    std::vector<std::uint64_t> const expected{0x80000003, 6, 1, 6, 1};
    for (bool const single : {false, true}) {
        Board board("carry");
        if (single) static_cast<UnicornCpu&>(*board.cpu).take_one_by_one();
        ASSERT_EQ(board.run(long_enough), StopReason::requested);
        std::vector<FaultRecord> const log = board.log();
        ASSERT_EQ(log.size(), 4u);
        for (unsigned i = 0; i < 4; ++i) {
            EXPECT_EQ(log[i].vector, 14u);
            EXPECT_EQ(log[i].rflags & 1, i < 2 ? 1u : 0u) << i;
        }
        EXPECT_EQ(results(board, 5), expected) << (single ? "one by one" : "straight");
    }
}

// Unicorn 2.1.1 crashes when its buffer for translated code overflows.
TEST(ChangingCode, may_be_new_for_ever) {
    Board board("newcode");
    board.put(0x6D000, std::uint64_t{4});
    ASSERT_EQ(board.run(100'000'000), StopReason::requested);
    std::uint32_t sum = 0;
    for (unsigned round = 4; round > 0; --round)
        for (unsigned i = 0x12000; i > 0; --i)
            sum += static_cast<std::uint32_t>(static_cast<std::int8_t>(i ^ round));
    EXPECT_EQ(board.result(0), sum);
}

// Each of these instructions ends what the engine has translated: up to 512 of those that
// follow. Translated anew each time they took half a millisecond each.
TEST(StraightCode, is_not_translated_again_for_each_instruction) {
    Board board("straight");
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(board.result(0), 600u);
    EXPECT_TRUE(board.log().empty());
    EXPECT_EQ(std::count_if(board.events.begin(), board.events.end(),
                            [](BoardEvent const& event) { return event.kind == Kind::mmio_write; }),
              3'000);
    EXPECT_LT(static_cast<UnicornCpu const&>(*board.cpu).translated(), 60'000u);
}

TEST(StraightCode, is_the_same_one_by_one_from_the_beginning) {
    Board board("straight"), single("straight");
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    static_cast<UnicornCpu&>(*single.cpu).take_one_by_one();
    ASSERT_EQ(single.run(long_enough), StopReason::requested);
    EXPECT_EQ(single.events, board.events);
    EXPECT_EQ(single.hash(), board.hash());
}

// Only then is a run that stops by itself between two instructions none of our business.
TEST(Translation, may_end_early_until_all_is_forgotten) {
    Core core;
    core.end_translation_at({});
    EXPECT_FALSE(core.may_end_early());
    core.end_translation_at(0x1000);
    EXPECT_TRUE(core.may_end_early());
    core.end_translation_at({});
    EXPECT_TRUE(core.may_end_early()) << "what was translated meanwhile ends there still";
    core.flush_translations();
    EXPECT_FALSE(core.may_end_early());
}

}  // namespace
}  // namespace sim::engine::test
