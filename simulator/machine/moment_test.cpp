// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/moment.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sim::machine {
namespace {

TEST(Moment, text_round_trips) {
    for (Moment const m : {Moment{0, 0}, Moment{123456, 0}, Moment{123456, 2}, Moment::never()})
        EXPECT_EQ(parse_moment(to_string(m)), m);
    EXPECT_EQ(to_string({123456, 2}), "123456.2");
    EXPECT_EQ(to_string({123456, 0}), "123456");
}

TEST(Moment, other_text_is_refused) {
    for (char const* text :
         {"", ".", "1.", ".1", "-1", "1 ", " 1", "1.2.3", "12ms", "0x10", "18446744073709551616"})
        EXPECT_FALSE(parse_moment(text)) << text;
}

TEST(Moment, order_is_by_count_then_by_happening) {
    EXPECT_LT((Moment{1, 9}), (Moment{2, 0}));
    EXPECT_LT((Moment{2, 0}), (Moment{2, 1}));
}

TEST(Duration, is_a_number_and_a_unit) {
    EXPECT_EQ(parse_duration("3ms"), 3'000'000u);
    EXPECT_EQ(parse_duration("12.5ms"), 12'500'000u);
    EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000u);
    EXPECT_EQ(parse_duration("1.50s"), 1'500'000'000u);
    EXPECT_EQ(parse_duration("0.25us"), 250u);
    EXPECT_EQ(parse_duration("7ns"), 7u);
    EXPECT_EQ(parse_duration("7.0ns"), 7u);
    EXPECT_EQ(parse_duration("3 s"), 3'000'000'000u);
    for (char const* wrong : {"", "3", "ms", ".5s", "1.s", "1.5ns", "1.0001us", "1..5s", "-3ms", "1 2s",
                              "4000000000s", "99999999999999999999s", "3msx", "1e40s", "3 ", "s3"})
        EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(Duration, what_is_written_reads_back) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 10'000; ++i) {
        std::uint64_t const ns = random() % 3'000'000'000'000'000'000 >> random() % 61;
        EXPECT_EQ(parse_duration(duration_text(ns)), ns);
    }
}

}  // namespace
}  // namespace sim::machine
