// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/scenario.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "simulator/explore/units.hpp"

namespace sim::explore {
namespace {

TEST(Units, numbers) {
    EXPECT_EQ(parse_number("17"), 17u);
    EXPECT_EQ(parse_number("0x21"), 0x21u);
    EXPECT_EQ(parse_number("18446744073709551615"), UINT64_MAX);
    for (char const* wrong : {"", "0x", "-1", "+1", "1 ", " 1", "12a", "18446744073709551616"})
        EXPECT_FALSE(parse_number(wrong)) << wrong;
}

std::string refusal(std::string const& text) {
    try {
        (void)parse_scenario(text, "s.json");
    } catch (std::runtime_error const& error) {
        return error.what();
    }
    return "";
}

TEST(Scenario, a_wrong_file_is_refused_with_its_field) {
    EXPECT_NE(refusal("").find("no JSON object"), std::string::npos);
    EXPECT_NE(refusal("[1]").find("no JSON object"), std::string::npos);
    EXPECT_NE(refusal("{}").find("application"), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": 3})").find("\"kernel\""), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": "x", "speed": 3})").find("\"speed\""), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": "x", "preemptions": 5})").find("\"preemptions\""), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": "x", "preemptions": -1})").find("\"preemptions\""), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": "x", "stall": "10"})").find("\"stall\""), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": "x", "depth": 0})").find("\"depth\""), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": "x", "invariants": "a"})").find("\"invariants\""), std::string::npos);
    EXPECT_NE(refusal(R"({"kernel": "/nowhere/x"})").find("/nowhere/x"), std::string::npos);
}

}  // namespace
}  // namespace sim::explore
