// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/moment.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace sim::machine
