// SPDX-License-Identifier: MIT
//
// `viv replay` to where something stops it, as a person uses it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/scenario/program.hpp"

namespace {

using nlohmann::json;
using scenario::Result;

std::string const& recording() {
    static scenario::Folder folder;
    static std::string const file = [] {
        std::string const name = folder / "threads.run";
        EXPECT_EQ(scenario::run(scenario::viv({"run", "threads", "--record", name})).status, 0);
        return name;
    }();
    return file;
}

Result replay(std::string const& file, std::vector<std::string> words) {
    words.insert(words.begin(), {"replay", file});
    return scenario::run(scenario::viv(std::move(words)));
}

json stops(std::string const& file, std::vector<std::string> words) {
    words.push_back("--json");
    Result const r = replay(file, std::move(words));
    EXPECT_EQ(r.status, 0) << r.err;
    json const answer = json::parse(r.out, nullptr, false);
    EXPECT_TRUE(answer.is_object()) << r.out;
    return answer.value("stops", json::array());
}

std::vector<std::string> moments(json const& stops) {
    std::vector<std::string> all;
    for (json const& s : stops) all.push_back(s["moment"]);
    return all;
}

TEST(ReplayStops, says_where_a_breakpoint_stops) {
    Result const r = replay(recording(), {"--break", "threads::Scheduler::wake"});
    EXPECT_EQ(r.status, 0) << r.err;
    EXPECT_NE(r.out.find("breakpoint at threads::Scheduler::wake"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("scheduler.cpp:"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find(", thread "), std::string::npos) << r.out;
}

TEST(ReplayStops, finds_the_same_places_backwards) {
    json const forwards = stops(recording(), {"--break", "threads::Scheduler::wake", "--count", "4"});
    ASSERT_EQ(forwards.size(), 4u);
    std::vector<std::string> expected = moments(forwards);
    std::string const last = expected.back();
    expected.pop_back();
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(moments(stops(recording() + "@" + last,
                            {"--backwards", "--break", "threads::Scheduler::wake", "--count", "3"})),
              expected);
    // From an event: before the first switch there was the entry.
    json const entry = stops(recording(), {"--break", "kernel_main"});
    EXPECT_EQ(moments(stops(recording() + "@switch:1", {"--backwards", "--break", "kernel_main"})),
              moments(entry));
    // The very last, from the end.
    EXPECT_EQ(stops(recording(), {"--backwards", "--break", "threads::Scheduler::wake"}).size(), 1u);
}

TEST(ReplayStops, watches_and_conditions_are_stops_too) {
    json const changes = stops(recording(), {"--watch", "threads::the_scheduler.switches_", "--count", "3"});
    ASSERT_EQ(changes.size(), 3u);
    EXPECT_NE(changes[0]["reason"].get<std::string>().find("became"), std::string::npos) << changes;
    json const every = stops(recording(), {"--watch", "threads::the_scheduler.switches_ every 3"});
    EXPECT_EQ(every[0]["moment"], changes[2]["moment"]);
    json const when = stops(recording(), {"--when", "threads::the_scheduler.switches_ == 3"});
    EXPECT_EQ(when[0]["moment"], changes[2]["moment"]);
}

TEST(ReplayStops, tells_when_nothing_stops_and_refuses_what_cannot_be) {
    Result r = replay(recording(), {"--when", "threads::the_scheduler.switches_ == 123456789"});
    EXPECT_EQ(r.status, 1);
    EXPECT_NE(r.err.find("nothing stopped"), std::string::npos) << r.err;
    r = replay(recording(), {"--break", "no::such"});
    EXPECT_EQ(r.status, 2);
    EXPECT_NE(r.err.find("no::such"), std::string::npos) << r.err;
    EXPECT_EQ(replay(recording(), {"--backwards"}).status, 2);
    EXPECT_EQ(replay(recording() + "@soon", {"--break", "kernel_main"}).status, 2);
}

}  // namespace
