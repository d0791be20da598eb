// SPDX-License-Identifier: GPL-2.0-or-later
//
// Tables of causes and the exceptions that the manual wants for them. The tables
// are in test_guests: alignment.S, causes.S, debug.S and numeric.S.
#include <gtest/gtest.h>

#include <string>

#include "simulator/engine/test_board.hpp"

namespace sim::engine::test {
namespace {

constexpr std::uint64_t long_enough = 30'000'000;
constexpr std::uint64_t none = 0x60;  // the row has caused nothing

struct Row {
    std::uint64_t code, at, vector, error, name;
};
struct Record {
    std::uint64_t vector, error, rip, cs, rflags, rsp, cr2, dr7;
};

std::string text_at(Board const& board, std::uint64_t address) {
    return reinterpret_cast<char const*>(board.ram() + address);
}

class Causes : public testing::TestWithParam<char const*> {};

void expect_what_the_manual_says(Board const& board, unsigned least) {
    unsigned rows = 0;
    for (;; ++rows) {
        auto const row = board.at<Row>(board.result(0) + rows * sizeof(Row));
        if (row.code == 0) break;
        auto const seen = board.at<Record>(0x40000 + rows * sizeof(Record));
        std::string const name = text_at(board, row.name);
        EXPECT_EQ(seen.vector, row.vector) << name;
        if (seen.vector != row.vector) continue;
        EXPECT_EQ(seen.error, row.error) << name;
        // The instruction that the breakpoint stands before must not meet it again.
        bool const fault = row.vector != none && row.vector != 1 && row.vector != 3;
        EXPECT_EQ(seen.rflags >> 16 & 1, fault) << name << ": RF in the frame";
        if (row.vector == none) continue;
        EXPECT_EQ(seen.rip, row.at) << name;
        EXPECT_EQ(seen.dr7 & 1 << 13, 0u) << name << ": #DB ends general detection";
    }
    EXPECT_GE(rows, least);
}

TEST_P(Causes, have_the_exceptions_that_the_manual_says) {
    Board board(GetParam());
    ASSERT_EQ(board.run(long_enough), StopReason::requested) << std::hex << board.cpu->state().rip;
    expect_what_the_manual_says(board, 40);
}

TEST_P(Causes, have_them_wherever_a_run_stops) {
    Board straight(GetParam()), pieces(GetParam()), spare(GetParam());
    ASSERT_EQ(straight.run(long_enough), StopReason::requested);
    pieces.run(10'000);
    Board *one = &pieces, *other = &spare;
    // Every row takes some thousand instructions to clean up, and a few to happen.
    std::uint64_t number = 0;
    while (one->run(one->cpu->retired() + 1 + number % 3) == StopReason::limit) {
        if (++number % 64 == 0) {
            one->copy_to(*other);
            std::swap(one, other);
        }
        if (one->cpu->instruction_pointer() != straight.result(3)) continue;
        one->run(one->cpu->retired() + one->cpu->general(Gpr::rcx));  // the cleaning
    }
    EXPECT_EQ(one->cpu->retired(), straight.cpu->retired());
    EXPECT_EQ(one->hash(), straight.hash());
    expect_what_the_manual_says(*one, 40);
}

INSTANTIATE_TEST_SUITE_P(Of, Causes, testing::Values("alignment", "causes", "debug", "numeric"));

}  // namespace
}  // namespace sim::engine::test
