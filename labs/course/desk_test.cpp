// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/desk.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lab {
namespace {

TEST(Desk, knows_a_report_in_which_the_grader_failed) {
    auto const broke = [](char const* results) {
        return what_broke(nlohmann::json::parse(results, nullptr, false));
    };
    EXPECT_EQ(broke(R"({"checks": [{"check": "a", "outcome": "passed"},
                                   {"check": "b", "outcome": "broken", "reason": "no QEMU"}]})"),
              "the grader itself failed in b: no QEMU");
    EXPECT_EQ(broke(R"({"checks": [{"check": "a", "outcome": "failed"}]})"), "");
    for (char const* other : {"", "[]", "{}", R"({"checks": 3})", R"({"checks": [3]})"})
        EXPECT_EQ(broke(other), "");
}

TEST(Desk, tells_what_was_said_where_the_cause_is_unknown) {
    Definition definition;
    definition.files = {{.live = "kernel/a.cpp", .name = "a.cpp"}};
    // Of an error that is known the rest is left out.
    std::string const known = first_error(
        "/desk/7/a.cpp:3:5: error: 'x' was not declared in this scope\nmore\n", definition, "/desk/7");
    EXPECT_EQ(known.find("a.cpp:3:5: 'x' was not declared"), 0u) << known;
    EXPECT_EQ(known.find("Said"), std::string::npos) << known;
    EXPECT_EQ(known.find("more"), std::string::npos) << known;
    for (char const* said : {"/desk/7/a.cpp:3:5: error: nobody knows this one\nand its second line\n",
                             "\nthe tool fell over at /desk/7/build/a.o\nand its second line\n"}) {
        std::string const unknown = first_error(said, definition, "/desk/7");
        EXPECT_NE(unknown.find("\n     Said\n"), std::string::npos) << unknown;
        EXPECT_NE(unknown.find("\n            and its second line"), std::string::npos) << unknown;
        EXPECT_EQ(unknown.find("/desk/7"), std::string::npos) << unknown;
    }
    std::string much = "first\n";
    for (int i = 0; i < 100'000; ++i) much += "line " + std::to_string(i) + std::string(300, '.') + "\n";
    EXPECT_LT(first_error(much, definition, "/desk/7").size(), 4000u);
    EXPECT_NE(first_error("", definition, "/desk/7").find("without a word"), std::string::npos);
}

}  // namespace
}  // namespace lab
