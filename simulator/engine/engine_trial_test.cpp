// SPDX-License-Identifier: GPL-2.0-or-later
//
// Instructions that the processor takes back. Which ones have to be is a table:
// test_guests/alignment.S.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/engine/test_board.hpp"

namespace sim::engine::test {
namespace {

constexpr std::uint64_t long_enough = 3'000'000;

class Watcher : public Observer {
public:
    explicit Watcher(Board& board) : board_(board) {}
    bool on_memory(Access, PhysAddr address, unsigned, std::uint64_t) override {
        seen.emplace_back(board_.cpu->retired(), address);
        return false;
    }
    std::vector<std::pair<std::uint64_t, PhysAddr>> seen;

private:
    Board& board_;
};

void expect_nothing_has_happened(Board const& board) {
    constexpr std::uint64_t filled = 0x1122'3344'5566'7788;
    std::vector<std::uint64_t> results;
    for (unsigned i = 0; i < 10; ++i) results.push_back(board.result(i));
    EXPECT_THAT(results, testing::ElementsAre(filled, filled, filled, 0x55u, filled, 0x804u, filled, 4u,
                                              0x100u, 0x1234u));
    std::vector<FaultRecord> const log = board.log();
    ASSERT_EQ(log.size(), 6u);
    for (FaultRecord const& fault : log) {
        EXPECT_EQ(fault.vector, 17u);
        EXPECT_EQ(fault.error, 0u);
        EXPECT_EQ(fault.rip, fault.expected_rip);
        EXPECT_EQ(fault.rflags & 1 << 16, 1u << 16) << "RF";
    }
    for (BoardEvent const& event : board.events)
        EXPECT_EQ(event.kind, BoardEvent::Kind::port_write) << "the device has heard of it";
}

TEST(AlignmentCheck, comes_instead_of_the_instruction) {
    Board board("taken_back");
    ASSERT_EQ(board.run(long_enough), StopReason::requested) << std::hex << board.cpu->state().rip;
    expect_nothing_has_happened(board);
}

TEST(AlignmentCheck, is_the_same_wherever_a_run_stops) {
    Board straight("taken_back"), pieces("taken_back"), spare("taken_back");
    straight.run(long_enough);
    pieces.run(13'000);
    Board *one = &pieces, *other = &spare;
    for (unsigned i = 0; one->run(one->cpu->retired() + 1) == StopReason::limit; ++i) {
        if (i % 16) continue;
        one->copy_to(*other);
        std::swap(one, other);
    }
    EXPECT_EQ(one->hash(), straight.hash());
    expect_nothing_has_happened(*one);
}

// What is taken back is not told; what is not, is told as it is without checks.
TEST(AlignmentCheck, hides_from_observers_what_has_not_happened) {
    Board board("taken_back");
    Watcher watcher(board);
    board.cpu->set_observer(&watcher);
    while (board.at<std::uint64_t>(0x281FF8) == 0) board.run(board.cpu->retired() + 1);
    Cpu::MemoryRange const ranges[]{{0x280000, 0x2000, true, true}, {0x6E000, 80, false, true}};
    board.cpu->set_watched_memory(ranges);
    ASSERT_EQ(board.run(long_enough), StopReason::requested);
    std::vector<PhysAddr> addresses;
    for (auto const& [count, address] : watcher.seen) addresses.push_back(address);
    EXPECT_THAT(addresses, testing::ElementsAre(0x280FD0u, 0x6E000u, 0x281000u, 0x6E008u, 0x281038u, 0x6E010u,
                                                0x6E018u, 0x280FF8u, 0x6E020u, 0x6E028u, 0x2807F8u, 0x6E030u,
                                                0x6E038u, 0x6E040u, 0x6E048u));
    EXPECT_EQ(watcher.seen[1].first, watcher.seen[0].first + 1) << "at the count of its instruction";
}

}  // namespace
}  // namespace sim::engine::test
