// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/adapters.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lab {
namespace {

using nlohmann::json;

std::string const report = R"({
  "format": 1, "lab": 2, "passed": false, "points": 10, "out_of": 30, "hash": "12",
  "toolchain": "g++ 12", "fingerprint": "ab",
  "checks": [
    {"check": "regions", "title": "a region becomes free blocks", "outcome": "passed", "points": 10, "earned": 10},
    {"check": "found", "title": "found", "outcome": "failed", "points": 15, "earned": 0, "seen": "frame 3 is gone",
     "moment": "441", "rule": "Every frame", "cause": "release", "open": "./viv lab open fail-found.run"},
    {"check": "runs", "title": "runs", "outcome": "blocked", "points": 5, "earned": 0, "reason": "found"}]})";

TEST(Gradescope, has_a_test_for_each_check_and_the_points_of_all) {
    auto const out = json::parse(to_gradescope(report));
    EXPECT_EQ(out["score"], 10);
    ASSERT_EQ(out["tests"].size(), 3u);
    EXPECT_EQ(out["tests"][0]["status"], "passed");
    EXPECT_EQ(out["tests"][0]["score"], 10);
    EXPECT_EQ(out["tests"][1]["status"], "failed");
    EXPECT_EQ(out["tests"][1]["max_score"], 15);
    std::string const words = out["tests"][1]["output"];
    for (char const* part :
         {"frame 3 is gone", "441", "Every frame", "release", "./viv lab open fail-found.run"})
        EXPECT_NE(words.find(part), std::string::npos) << part;
    EXPECT_FALSE(out["tests"][2].contains("status"));  // neither passed nor failed
    EXPECT_EQ(out["stdout_visibility"], "hidden");
}

TEST(Classroom, has_a_test_for_each_check_and_a_state) {
    auto const out = json::parse(to_classroom(report));
    EXPECT_EQ(out["version"], 1);
    EXPECT_EQ(out["status"], "fail");
    EXPECT_EQ(out["max_score"], 30);
    ASSERT_EQ(out["tests"].size(), 3u);
    int score = 0;
    for (auto const& test : out["tests"]) score += test["score"].get<int>();
    EXPECT_EQ(score, 10);
    EXPECT_EQ(out["tests"][2]["status"], "fail");
}

TEST(Adapters, say_so_when_there_is_no_verdict) {
    for (std::string const& results :
         {results_without_verdict(2, 100, "no host"), std::string("{"), std::string()}) {
        auto const one = json::parse(to_gradescope(results));
        EXPECT_EQ(one["score"], 0);
        EXPECT_FALSE(one["output"].get<std::string>().empty());
        auto const other = json::parse(to_classroom(results));
        EXPECT_EQ(other["status"], "error");
        EXPECT_EQ(other["tests"].size(), 1u);
    }
}

// A check in which the grader failed is nobody's fault, and has no points and no verdict.
TEST(Adapters, say_of_a_broken_check_that_the_grader_failed) {
    std::string const results =
        R"({"lab": 2, "points": 0, "out_of": 5, "checks": [
            {"check": "runs", "title": "runs", "outcome": "broken", "points": 5, "earned": 0,
             "reason": "no more memory"}]})";
    auto const one = json::parse(to_gradescope(results))["tests"][0];
    EXPECT_NE(one["output"].get<std::string>().find("no more memory"), std::string::npos);
    EXPECT_FALSE(one.contains("status"));
    auto const other = json::parse(to_classroom(results))["tests"][0];
    EXPECT_EQ(other["status"], "error");
    EXPECT_NE(other["message"].get<std::string>().find("no more memory"), std::string::npos);
}

TEST(Adapters, replace_what_is_no_utf8) {
    std::string const results =
        "{\"checks\": [{\"check\": \"a\", \"outcome\": \"failed\", \"seen\": \"\xff\xfe\"}]}";
    EXPECT_TRUE(json::accept(to_gradescope(results)));
    EXPECT_TRUE(json::accept(to_classroom(results)));
}

TEST(Base64, is_that_of_rfc4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace lab
