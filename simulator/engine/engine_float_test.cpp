// SPDX-License-Identifier: GPL-2.0-or-later
//
// Floating-point exceptions, beyond the table of causes in test_guests/numeric.S:
// what #XM leaves, FERR#, and stores to devices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/engine/test_board.hpp"

namespace sim::engine::test {
namespace {

using testing::ElementsAre;
constexpr std::uint64_t long_enough = 3'000'000;

TEST(SimdError, leaves_its_flags_and_the_destination_as_it_was) {
    Board board("floats");
    ASSERT_EQ(board.run(long_enough), StopReason::requested) << std::hex << board.cpu->state().rip;
    for (FaultRecord const& fault : board.log()) {
        EXPECT_EQ(fault.vector, 19u);
        EXPECT_EQ(fault.rip, fault.expected_rip);
    }
    EXPECT_EQ(board.log().size(), 5u);
    EXPECT_EQ(board.result(0), 0x1D84u) << "ZE";
    EXPECT_EQ(board.result(1), 0x4008'0000'0000'0000u) << "three";
    EXPECT_EQ(board.result(2), 0x1BA8u) << "OE, PE";
    EXPECT_EQ(board.result(3), 0x1F01u) << "IE alone";
    EXPECT_EQ(board.result(4), 0x1F03u) << "IE of one, DE of the other; not cleared by what came between";
    EXPECT_EQ(board.result(5), 0xFB0u) << "UE, PE";
    EXPECT_EQ(board.result(6), 0x0010'0000'0000'0000u) << "the least";
}

// The board interrupts.
TEST(NumericError, is_an_interrupt_before_the_instruction_that_waits) {
    Board board("ferr");
    board.interrupt_vector = 0x45;
    board.numeric_error_interrupts = true;
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(board.result(0), 1u) << "interrupts";
    EXPECT_EQ(board.result(1), board.result(2)) << "RIP in its frame";
    EXPECT_EQ(board.result(3), 1u) << "it went on";
    EXPECT_EQ(board.result(4) & 0x80BF, 0x8084u) << "status";
    EXPECT_THAT(board.numeric_errors, ElementsAre(true, false));
    EXPECT_TRUE(board.log().empty());
}

// It does not: the processor stands still, in a second life too.
TEST(NumericError, stops_the_processor_until_an_interrupt) {
    Board board("ferr"), other("ferr");
    board.interrupt_vector = other.interrupt_vector = 0x45;
    ASSERT_EQ(board.run(long_enough), StopReason::halted);
    std::uint64_t const count = board.cpu->retired();
    EXPECT_EQ(board.cpu->instruction_pointer(), board.result(2));
    EXPECT_TRUE(board.cpu->asleep());
    ASSERT_EQ(board.run(long_enough), StopReason::halted);
    EXPECT_EQ(board.cpu->retired(), count);
    board.copy_to(other);
    for (Board* one : {&board, &other}) {
        one->timer = {count + 1000};
        ASSERT_EQ(one->run(long_enough), StopReason::requested);
        EXPECT_EQ(one->result(0), 1u);
        EXPECT_EQ(one->result(3), 1u);
    }
    EXPECT_EQ(board.hash(), other.hash());
}

TEST(NumericError, is_nothing_where_the_board_ignores_it) {
    Board board("ferr");
    board.ignores_numeric_errors = true;
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(board.result(0), 0u);
    EXPECT_EQ(board.result(3), 1u);
    EXPECT_THAT(board.numeric_errors, ElementsAre(true));
}

// The line goes down when the exception is gone, whoever hears of the next one.
TEST(NumericError, is_over_when_the_handler_has_set_ne_meanwhile) {
    Board board("ferr");
    board.interrupt_vector = 0x45;
    board.numeric_error_interrupts = true;
    board.put<std::uint64_t>(0x6E000 + 8 * 20, 1);
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    EXPECT_EQ(board.result(0), 1u);
    EXPECT_EQ(board.result(3), 1u) << "it went on";
    EXPECT_THAT(board.numeric_errors, ElementsAre(true, false));
}

// A device cannot take back what it has heard.
TEST(NumericStore, reaches_no_device_when_its_exception_is_not_masked) {
    Board board("float_store");
    ASSERT_EQ(board.run(long_enough), StopReason::requested) << std::hex << board.cpu->state().rip;
    std::vector<FaultRecord> const log = board.log();
    EXPECT_EQ(log.size(), 5u);
    for (FaultRecord const& fault : log) {
        EXPECT_EQ(fault.vector, 16u);
        EXPECT_EQ(fault.rip, fault.expected_rip);
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> written;
    for (BoardEvent const& event : board.events)
        if (event.kind == BoardEvent::Kind::mmio_write) {
            written.emplace_back(event.address - Board::device, event.value);
            EXPECT_EQ(event.size, event.address == Board::device + 0x40 ? 4u : 2u);
        }
    EXPECT_THAT(written, ElementsAre(std::pair(0x40u, 0x3F80'0000u), std::pair(0x48u, 1u)));
}

TEST(NumericStore, tells_the_device_the_same_wherever_a_run_stops) {
    Board straight("float_store"), pieces("float_store");
    straight.run(long_enough);
    pieces.run(10'000);
    while (pieces.run(pieces.cpu->retired() + 1) == StopReason::limit) {
    }
    EXPECT_EQ(pieces.events, straight.events);
    EXPECT_EQ(pieces.hash(), straight.hash());
}

// Flags that nobody has looked at are in the state all the same. They come up once,
// and the processor that looks at them never saw why.
TEST(FloatFlags, go_with_a_checkpoint) {
    constexpr std::uint64_t precision = 1 << 5, zero_divide = 1 << 2;
    Board straight("float_notes"), begun("float_notes"), other("float_notes");
    ASSERT_EQ(straight.run(long_enough), StopReason::requested);
    EXPECT_EQ(straight.result(0), 0x1F80 | precision) << "MXCSR";
    EXPECT_EQ(straight.result(1) & 0x3F, zero_divide) << "status word of x87";
    // In the middle of the loop between.
    ASSERT_EQ(begun.run(straight.cpu->retired() - 5000), StopReason::limit);
    EXPECT_EQ(begun.result(0), 0u) << "not looked at so far";
    begun.copy_to(other);
    for (Board* one : {&begun, &other}) {
        ASSERT_EQ(one->run(long_enough), StopReason::requested);
        EXPECT_EQ(one->result(0), straight.result(0));
        EXPECT_EQ(one->result(1), straight.result(1));
        EXPECT_EQ(one->hash(), straight.hash());
    }
}

}  // namespace
}  // namespace sim::engine::test
