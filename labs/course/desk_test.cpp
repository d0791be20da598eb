// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/desk.hpp"

#include <gtest/gtest.h>

namespace lab {
namespace {

TEST(Desk, knows_a_report_in_which_the_grader_failed) {
    EXPECT_EQ(what_broke(R"({"checks": [{"check": "a", "outcome": "passed"},
                                        {"check": "b", "outcome": "broken", "reason": "no QEMU"}]})"),
              "the grader itself failed in b: no QEMU");
    EXPECT_EQ(what_broke(R"({"checks": [{"check": "a", "outcome": "failed"}]})"), "");
    for (char const* other : {"", "[]", "{}", R"({"checks": 3})", R"({"checks": [3]})"})
        EXPECT_EQ(what_broke(other), "");
}

}  // namespace
}  // namespace lab
