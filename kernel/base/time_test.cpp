// SPDX-License-Identifier: MIT
#include "kernel/base/time.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Time, units_agree) {
    EXPECT_EQ(Duration::seconds(2), Duration::milliseconds(2'000));
    EXPECT_EQ(Duration::milliseconds(3).as_microseconds(), 3'000);
    EXPECT_EQ((Duration::seconds(1) - Duration::milliseconds(1)).as_milliseconds(), 999);
    EXPECT_EQ(Duration::milliseconds(10) * 3 / 2, Duration::milliseconds(15));
}

TEST(Time, instants_are_apart_by_durations) {
    Instant const start = Instant::from_boot(Duration::seconds(5));
    Instant const later = start + Duration::milliseconds(20);
    EXPECT_EQ(later - start, Duration::milliseconds(20));
    EXPECT_EQ(later - Duration::milliseconds(20), start);
    EXPECT_LT(start, later);
    EXPECT_LT(later, Instant::never());
}

TEST(Time, never_does_not_come_round) {
    EXPECT_EQ(Instant::never() + Duration::seconds(1), Instant::never());
    EXPECT_EQ(Instant::from_boot(Duration::seconds(1)) + Duration::max(), Instant::never());
    EXPECT_EQ(Instant::never() + Duration::seconds(-1), Instant::never());
    EXPECT_EQ(Instant::never() + Duration(), Instant::never());
    EXPECT_EQ(Instant::from_boot(Duration::seconds(1)) + Duration::seconds(-3),
              Instant::from_boot(Duration::seconds(-2)));
}

TEST(Time, nothing_is_before_the_first_instant) {
    Instant const first = Instant::from_boot(Duration::nanoseconds(INT64_MIN));
    EXPECT_EQ(first + Duration::seconds(-1), first);
    EXPECT_EQ(first + Duration(), first);
    EXPECT_LT(first, first + Duration::nanoseconds(1));
}

}  // namespace
}  // namespace base
