// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/engine/test_board.hpp"

namespace sim::engine::test {
namespace {

TEST(Faults, arrive_with_the_right_vector_error_code_and_address) {
    Board board("faults");
    ASSERT_EQ(board.run(1'000'000), StopReason::requested) << "rip " << std::hex << board.cpu->state().rip;
    std::vector<FaultRecord> const log = board.log();
    struct Expected {
        std::uint64_t vector, error;
        std::optional<std::uint64_t> cr2;
    };
    // clang-format off
    std::vector<Expected> const expected{
        {6, 0, {}},        {0, 0, {}},           {14, 0, 0x300123}, {14, 2, 0x300456},    {14, 2, 0x300000},
        {14, 0, 0x300000}, {14, 0, 0x300FFD},    {14, 3, 0x300789}, {14, 0x11, 0x300000}, {14, 9, 0x300001},
        {13, 0, {}},       {12, 0, {}},          {13, 0x1234, {}},  {11, 0x40, {}},       {13, 0, {}},
        {3, 0, {}},        {0x50, 0, {}},        {13, 0, {}},       {14, 0x10, 0x300000}, {14, 2, 0x300000},
        {7, 0, {}},        {14, 0x10, 0x300000}, {14, 0, 0x300018},
        {14, 2, 0xFFFF81234567809A},
        {14, 0, 0x300040},
        {14, 2, 0x300038},
        {14, 0, 0x300040},
        {14, 0, 0x300040},
        {14, 0, 0x300010},
        {14, 2, 0x300FFC},
        {14, 2, 0x300000},
        {14, 0x10, 0},
        {6, 0, {}},
        {6, 0, {}},
        {13, 0x24, {}},
        {13, 0, {}},
        {14, 0, 0x300000},
        {14, 0, 0x300077},
        {14, 0, 0x300000},
    };
    // clang-format on
    for (std::size_t i = 0; i < std::min(log.size(), expected.size()); ++i) {
        EXPECT_EQ(log[i].vector, expected[i].vector) << "fault " << i + 1;
        EXPECT_EQ(log[i].error, expected[i].error) << "fault " << i + 1;
        if (log[i].expected_rip && log[i].rip != log[i].cr2) {  // but for fetches
            EXPECT_EQ(log[i].rip, log[i].expected_rip) << "fault " << i + 1;
        }
        if (expected[i].cr2) {
            EXPECT_EQ(log[i].cr2, *expected[i].cr2) << "fault " << i + 1;
        }
    }
    EXPECT_EQ(log.size(), expected.size());
    EXPECT_EQ(board.at<std::uint64_t>(0x6F000), 0xF0u) << "RCX of the REP MOVSB that faulted";
    EXPECT_EQ(board.at<std::uint64_t>(0x6F008), 0x280010u);
    EXPECT_EQ(board.at<std::uint64_t>(0x6F010), 0x300000u);
    EXPECT_EQ(board.at<std::uint64_t>(0x6F018), board.at<std::uint64_t>(0x6F020)) << "PUSH moved RSP";
    EXPECT_EQ(board.at<std::uint64_t>(0x6F028), 0x1122334455667788u) << "MOVSQ that faulted wrote";
    EXPECT_EQ(board.exit_status, 0u);
}

}  // namespace
}  // namespace sim::engine::test
