// SPDX-License-Identifier: MIT
#include "kernel/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace base {
namespace {

enum class Trouble { small, large };

Result<int, Trouble> half(int n) {
    if (n % 2 != 0) return fail(Trouble::small);
    return n / 2;
}
Result<int, Trouble> quarter(int n) {
    int const first = TRY(half(n));
    return TRY(half(first));
}
Result<void, Trouble> check(int n) {
    TRY(half(n));
    return {};
}

TEST(Result, holds_a_value_or_a_reason) {
    EXPECT_EQ(half(8).value(), 4);
    EXPECT_FALSE(half(7).ok());
    EXPECT_EQ(half(7).error(), Trouble::small);
}

TEST(Result, TRY_passes_the_failure_up) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_EQ(quarter(6).error(), Trouble::small);
    EXPECT_TRUE(check(2).ok());
    EXPECT_EQ(check(1).error(), Trouble::small);
}

TEST(Result, carries_values_that_can_only_move) {
    auto make = []() -> Result<std::unique_ptr<int>, Trouble> { return std::make_unique<int>(5); };
    std::unique_ptr<int> const five = MUST(make());
    EXPECT_EQ(*five, 5);
}

TEST(ResultDeathTest, asking_for_what_is_not_there_ends_the_program) {
    EXPECT_DEATH((void)half(7).value(), "assertion failed");
    EXPECT_DEATH((void)half(8).error(), "assertion failed");
    EXPECT_DEATH((void)MUST(half(7)), "assertion failed");
}

}  // namespace
}  // namespace base
