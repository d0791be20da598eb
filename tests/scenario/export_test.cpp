// SPDX-License-Identifier: MIT
//
// `viv export` as a user runs it, read by the tools that it is for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "simulator/exports/trace_check.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;

class Export : public testing::Test {
protected:
    void SetUp() override {
        file = folder / "http.run";
        Result const made =
            run(viv({"run", "http", "--exit-after", "3", "--self-request", "--record", file}));
        ASSERT_EQ(made.status, 0) << made.err;
    }
    Folder folder;
    std::string file;
};

std::vector<std::string> header_of(std::string const& csv) {
    std::istringstream line(csv.substr(0, csv.find('\r')));
    std::vector<std::string> columns;
    for (std::string column; std::getline(line, column, ',');) columns.push_back(column);
    return columns;
}

TEST_F(Export, tshark_reads_the_packets_and_their_comments) {
    if (run({"tshark", "--version"}).status != 0) GTEST_SKIP() << "tshark is not installed";
    Result const made = run(viv({"export", file, "--pcap", "-o", folder / "a.pcapng"}));
    ASSERT_EQ(made.status, 0) << made.err;
    Result const seen = run({"tshark", "-r", folder / "a.pcapng", "-Y", "http.request", "-T", "fields", "-e",
                             "frame.comment", "-e", "http.request.method"});
    ASSERT_EQ(seen.status, 0) << seen.err;
    EXPECT_EQ(std::count(seen.out.begin(), seen.out.end(), '\n'), 3) << seen.out;
    EXPECT_THAT(seen.out, HasSubstr("moment "));
    EXPECT_THAT(seen.out, HasSubstr("thread "));
    EXPECT_THAT(seen.out, HasSubstr("GET"));
}

TEST_F(Export, the_trace_is_one_that_opens_and_is_the_same_twice) {
    ASSERT_EQ(run(viv({"export", file, "--trace", "-o", folder / "a.json"})).status, 0);
    ASSERT_EQ(run(viv({"export", file, "--trace", "-o", folder / "b.json"})).status, 0);
    std::string const text = read_file(folder / "a.json");
    EXPECT_EQ(text, read_file(folder / "b.json"));
    auto const trace = nlohmann::json::parse(text);
    EXPECT_EQ(sim::exports::trace_problems(trace), std::vector<std::string>{});
    std::map<std::string, int> phases;
    std::vector<std::string> threads;
    for (auto const& event : trace["traceEvents"]) {
        ++phases[event["ph"]];
        if (event["name"] == "thread_name" && event["pid"] == 1) threads.push_back(event["args"]["name"]);
    }
    EXPECT_THAT(threads, testing::IsSupersetOf({"main", "idle", "network"}));
    EXPECT_GT(phases["X"], 20);
    EXPECT_GT(phases["s"], 10);
    EXPECT_GT(phases["t"], 0);
    EXPECT_EQ(phases["s"], phases["f"]);
}

TEST_F(Export, any_table_can_be_had) {
    Result const csv = run(viv({"export", file, "--table", "packets", "--csv"}));
    ASSERT_EQ(csv.status, 0) << csv.err;
    EXPECT_THAT(csv.out, HasSubstr("\r\n"));
    EXPECT_GT(std::count(csv.out.begin(), csv.out.end(), '\n'), 30);
    std::string const refused = run(viv({"export", file, "--table", "moons"})).err;
    std::string names = refused.substr(refused.find("there are: ") + 11);
    names.resize(names.find('\n'));
    std::istringstream list(names);
    unsigned tables = 0;
    for (std::string table; std::getline(list, table, ','); ++tables) {
        table.erase(0, table.find_first_not_of(' '));
        Result const result = run(viv({"export", file, "--table", table}));
        EXPECT_EQ(result.status, 0) << table << ": " << result.err;
        auto const json = nlohmann::json::parse(result.out, nullptr, false);
        EXPECT_FALSE(json.is_discarded()) << table;
        Result const rows = run(viv({"export", file, "--table", table, "--csv"}));
        EXPECT_EQ(rows.status, 0) << table << ": " << rows.err;
        EXPECT_THAT(rows.out, testing::EndsWith("\r\n")) << table;
        bool const nothing = json.is_null() || (json.is_array() && json.empty());
        EXPECT_EQ(std::count(rows.out.begin(), rows.out.end(), '\n') > 1, !nothing) << table;
        // The same columns, where there is nothing yet: none is made up.
        Result const none = run(viv({"export", file + "@start", "--table", table, "--csv"}));
        EXPECT_EQ(none.status, 0) << table << ": " << none.err;
        if (!nothing) {
            EXPECT_THAT(header_of(rows.out), testing::IsSupersetOf(header_of(none.out))) << table;
        }
    }
    EXPECT_GE(tables, 19u) << names;
    for (char const* chosen : {"memory", "walk", "stops", "answers", "comparison"})
        EXPECT_NE(run(viv({"export", file, "--table", chosen})).status, 0) << chosen;
    // At the start nothing has happened, and each table says what it would have.
    for (char const* table : {"packets", "events", "locks", "connections", "packet"}) {
        Result const none = run(viv({"export", file + "@start", "--table", table, "--csv"}));
        EXPECT_EQ(none.status, 0) << none.err;
        EXPECT_EQ(std::count(none.out.begin(), none.out.end(), '\n'), 1) << table << none.out;
        EXPECT_THAT(none.out, HasSubstr(",")) << table;
    }
}

TEST_F(Export, wrong_use_is_said) {
    Result const as_what = run(viv({"export", file}));
    EXPECT_EQ(as_what.status, 2);
    EXPECT_THAT(as_what.err, HasSubstr("export as what? Add --pcap"));
    EXPECT_THAT(run(viv({"export", file, "--pcap"})).err, HasSubstr("add -o OUT"));
    EXPECT_THAT(run(viv({"export", file, "--table", "moons"})).err, HasSubstr("there are: "));
    EXPECT_THAT(run(viv({"export", file + "@yesterday", "--table", "threads"})).err,
                HasSubstr("is no moment"));
    write_file(folder / "thesis.tex", "years of work");
    EXPECT_EQ(run(viv({"export", file, "--trace", "-o", folder / "thesis.tex"})).status, 2);
    EXPECT_EQ(read_file(folder / "thesis.tex"), "years of work");
}

}  // namespace
}  // namespace scenario
