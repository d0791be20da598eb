// SPDX-License-Identifier: MIT
//
// `viv bench kernel`: counts, no times, so a test may look at them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "simulator/bench/speed.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::uint64_t usual(json const& line, std::string const& id) {
    for (auto const& cost : line["costs"])
        if (cost["id"] == id) return cost["usual"];
    ADD_FAILURE() << "no cost is called " << id;
    return 0;
}

TEST(BenchKernel, the_page_of_costs_is_true_and_the_counts_are_the_same_again) {
    Result const first = run(viv({"bench", "kernel", "--check", "--json"}));
    EXPECT_EQ(first.status, 0) << first.err;
    EXPECT_EQ(run(viv({"bench", "kernel", "--json"})).out, first.out) << "exact and repeatable";
    auto const line = json::parse(first.out);
    EXPECT_EQ(line["missed"].size(), 0u);
    EXPECT_EQ(line["changed"].size(), 0u);
    // Not how much, but what can be told of any kernel.
    EXPECT_LT(usual(line, "mutex_lock"), usual(line, "mutex_wait")) << "a wait holds a switch";
    EXPECT_LT(usual(line, "switch_yield"), usual(line, "switch_wake"));
    EXPECT_LT(usual(line, "interrupt"), usual(line, "interrupt_wake"));
    EXPECT_GT(usual(line, "page_fault"), 512u) << "a page of eight bytes at a time is cleared";
    EXPECT_GT(usual(line, "boot_http"), usual(line, "boot_hello"));
    for (auto const& cost : line["costs"])
        if (cost["unit"] == "instructions" && cost["samples"] > 1) {
            EXPECT_GE(cost["samples"], 90) << cost["id"];
            EXPECT_GT(cost["least"], 4) << cost["id"];
        }
}

// A repeat takes minutes, a run of it many seconds: after Ctrl-C neither is waited for.
TEST(BenchSim, who_wants_no_more_is_heard_in_the_middle_of_a_run) {
    sim::bench::SpeedOptions options;
    options.bench_image = std::filesystem::path(std::getenv("VIV_BUILD")) / "images/bench.elf";
    options.program = "/none";
    options.repeats = 1;
    unsigned asked = 0;
    auto const speeds = sim::bench::measure_speed(options, [&](std::string const&) { return ++asked < 8; });
    EXPECT_EQ(asked, 8u);
    EXPECT_TRUE(speeds.mips.empty());
    EXPECT_TRUE(speeds.ratios.empty());
}

TEST(BenchKernel, what_it_does_not_do_is_refused) {
    Result const quick = run(viv({"bench", "kernel", "--quick"}));
    EXPECT_EQ(quick.status, 2);
    EXPECT_THAT(quick.err, HasSubstr("--quick belongs to: viv bench sim"));
}

TEST(BenchKernel, a_figure_that_is_missed_is_named_with_its_bound) {
    Folder folder;
    write_file(folder / "figures.json",
               R"([{"id": "kernel.size_hello", "bench": "kernel", "what": "a small image", "unit": "bytes",
                    "most": 1},
                   {"id": "kernel.boot_hello", "bench": "kernel", "what": "a long boot",
                    "unit": "instructions", "least": 1000000000000}])");
    Result const missed = run(viv({"bench", "kernel", "--check", "--figures", folder / "figures.json"}));
    EXPECT_EQ(missed.status, 1);
    EXPECT_THAT(missed.err, HasSubstr("wanted at most 1 bytes"));
    EXPECT_THAT(missed.err, HasSubstr("wanted at least 1000000000000 instructions"));
    EXPECT_THAT(missed.out, HasSubstr("MISSED   a long boot: at least 1000000000000 instructions"));
}

TEST(BenchKernel, a_page_that_is_not_true_is_told_and_made_anew) {
    Folder folder;
    std::string const page = folder / "costs.md";
    Result const none = run(viv({"bench", "kernel", "--check", "--costs", page}));
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.err, HasSubstr("take a free mutex"));
    EXPECT_THAT(none.err, HasSubstr("viv bench kernel --write"));
    EXPECT_EQ(run(viv({"bench", "kernel", "--write", "--costs", page})).status, 0);
    std::string text = read_file(page);
    std::size_t const row = text.find("| `mutex_lock`");
    ASSERT_NE(row, std::string::npos);
    text.replace(text.find(" | ", text.find(" | ", row) + 3) + 3, 0, "9");
    write_file(page, text);
    Result const changed = run(viv({"bench", "kernel", "--check", "--costs", page}));
    EXPECT_EQ(changed.status, 1);
    EXPECT_THAT(changed.err, AllOf(HasSubstr("take a free mutex"), Not(HasSubstr("make a thread"))));
}

TEST(BenchKernel, wrong_words_are_explained) {
    EXPECT_EQ(run(viv({"bench", "nothing"})).status, 2);
    EXPECT_THAT(run(viv({"bench", "nothing"})).err, HasSubstr("there are sim, kernel, request, net and ui"));
    EXPECT_EQ(run(viv({"bench", "sim", "--write"})).status, 2);
    Folder folder;
    write_file(folder / "costs.md", "## Release build\n| `a` | b |\n");
    Result const damaged = run(viv({"bench", "kernel", "--costs", folder / "costs.md"}));
    EXPECT_EQ(damaged.status, 2);
    EXPECT_THAT(damaged.err, HasSubstr("no row of costs"));
}

// The shares of a request are all of it, and the request costs what `bench kernel` says.
TEST(BenchRequest, tells_where_each_instruction_goes) {
    Result const result = run(viv({"bench", "request", "--json"}));
    ASSERT_EQ(result.status, 0) << result.err;
    auto const line = json::parse(result.out, nullptr, false);
    ASSERT_TRUE(line.is_object()) << result.out;
    std::uint64_t const all = line["instructions"];
    for (char const* by : {"functions", "lines"}) {
        std::uint64_t sum = 0;
        for (auto const& share : line[by]) sum += share["instructions"].get<std::uint64_t>();
        EXPECT_EQ(sum, all) << by;
    }
    bool parses = false;
    for (auto const& share : line["functions"]) parses |= share["what"] == "http::RequestParser::feed";
    EXPECT_TRUE(parses) << line["functions"];
    auto const costs = json::parse(run(viv({"bench", "kernel", "--json"})).out, nullptr, false);
    ASSERT_TRUE(costs.is_object());
    for (auto const& cost : costs["costs"])
        if (cost["id"] == "http_bytes") {
            EXPECT_LE(cost["least"].get<std::uint64_t>(), all);
            EXPECT_GE(cost["most"].get<std::uint64_t>(), all);
        }
    EXPECT_EQ(run(viv({"bench", "request", "--path", "/nothing-there"})).status, 2);
    EXPECT_EQ(run(viv({"bench", "request", "--write"})).status, 2);
}

TEST(BenchNet, what_it_does_not_do_is_refused) {
    Result const write = run(viv({"bench", "net", "--write"}));
    EXPECT_EQ(write.status, 2);
    EXPECT_THAT(write.err, HasSubstr("--write and --costs belong to: viv bench kernel"));
}

// Long: both guests, as root. No time is looked at, only that each figure is measured; and
// counts, which are the same everywhere.
TEST(BenchNet, DISABLED_quick_measures_every_figure) {
    if (geteuid() != 0 || access("/dev/net/tun", W_OK) != 0) GTEST_SKIP() << "it needs root and /dev/net/tun";
    Result const result = run(viv({"bench", "net", "--quick", "--json"}));
    ASSERT_EQ(result.status, 0) << result.err;
    auto const line = json::parse(result.out, nullptr, false);
    ASSERT_TRUE(line.is_object()) << result.out;
    EXPECT_EQ(line["measured"].size(), 12u);
    for (auto const& one : line["measured"]) {
        EXPECT_GT(one["ours"]["median"].get<double>(), 0) << one["id"];
        EXPECT_GT(one["linux"]["median"].get<double>(), 0) << one["id"];
        if (one["unit"] == "instructions") {
            EXPECT_LT(one["ratio"]["median"].get<double>(), 1) << one["id"];
        }
    }
    ASSERT_GE(line["figures"].size(), 5u);
    for (auto const& figure : line["figures"]) {
        bool measured = false;
        for (auto const& one : line["measured"]) measured |= one["id"] == figure["id"];
        EXPECT_TRUE(measured) << figure["id"];
    }
}

// Long: QEMU beside the simulator. Times are not looked at, only that each is taken.
TEST(BenchSim, DISABLED_quick_measures_every_figure) {
    Result const result = run(viv({"bench", "sim", "--quick", "--repeats", "1", "--json"}));
    ASSERT_EQ(result.status, 0) << result.err;
    auto const line = json::parse(result.out, nullptr, false);
    ASSERT_TRUE(line.is_object()) << result.out;
    EXPECT_TRUE(line["quick"]);
    EXPECT_GE(line["mips"].size(), 6u);
    ASSERT_GE(line["figures"].size(), 3u);
    for (auto const& figure : line["figures"]) {
        bool measured = false;
        for (auto const& one : line["measured"])
            measured |= one["id"] == figure["id"] && one["median"].get<double>() > 0;
        EXPECT_TRUE(measured) << figure["id"];
    }
}

}  // namespace
}  // namespace scenario
