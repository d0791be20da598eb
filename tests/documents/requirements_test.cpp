// SPDX-License-Identifier: MIT
//
// docs/reference/virtio-requirements.md: every row says where the requirement is met and how
// it is tested, and the functions and tests that it names exist.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/documents/requirements_table.hpp"

namespace documents {
namespace {

struct Row {
    std::string section, requirement, where, test;
};

std::vector<Row> rows_of(std::string const& table) {
    std::vector<Row> rows;
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] != '|' || !std::isdigit(line[line.find_first_not_of("| ")])) continue;
        std::vector<std::string> const cells = cells_of(line);
        EXPECT_EQ(cells.size(), 4u) << line;
        if (cells.size() == 4) rows.push_back({cells[0], cells[1], cells[2], cells[3]});
    }
    return rows;
}

std::vector<std::string> names_in(std::string const& code) {
    static std::regex const pattern(R"([A-Za-z_]\w*)");
    return {std::sregex_token_iterator(code.begin(), code.end(), pattern), std::sregex_token_iterator()};
}

// What the compiler sees of a source file.
std::set<std::string> names_outside_comments(std::string const& text) {
    static std::regex const comment(R"(//[^\n]*)");
    std::vector<std::string> const names = names_in(std::regex_replace(text, comment, ""));
    return {names.begin(), names.end()};
}

// The names in each of the kernel's files, but for the tests and what they put in a device's place.
std::vector<std::set<std::string>> kernel_files() {
    std::vector<std::set<std::string>> files;
    for (auto const& [path, text] : sources_below("kernel"))
        if (path.find("_test.") == path.npos && path.find("/fake_") == path.npos)
            files.push_back(names_outside_comments(text));
    return files;
}

// `Class::function` or `function(...)`: some file has both names. A word such as `read` stands
// in some file anyway: it says nothing without its class.
bool exists(std::string const& code, std::vector<std::set<std::string>> const& files) {
    static std::regex const common_word("[a-z]+");
    if (std::regex_match(code, common_word)) return false;
    std::vector<std::string> const names = names_in(code.substr(0, code.find('(')));
    return std::any_of(files.begin(), files.end(), [&](std::set<std::string> const& file) {
        return std::all_of(names.begin(), names.end(),
                           [&](auto const& name) { return file.count(name) > 0; });
    });
}

// What is wrong with a row; empty: nothing.
std::string objection(Row const& row, std::set<std::string> const& tests) {
    std::vector<std::string> const named = code_in(row.test);
    constexpr std::size_t shortest_reason = 20;
    bool const is_left_out = row.test.rfind("not done: ", 0) == 0;
    if (is_left_out && row.test.size() < shortest_reason) return "left out, and no reason why";
    bool const needs_none = is_left_out || row.test.find("by construction") != std::string::npos;
    if (!is_left_out && row.where.empty()) return "no place in the code";
    if (named.empty() && !needs_none) return "no test, and no reason why there is none";
    for (std::string const& name : named)
        if (!tests.count(name)) return "there is no test " + name;
    return "";
}

TEST(Requirements, every_one_is_tested_by_tests_that_exist) {
    std::set<std::string> const tests = existing_tests();
    ASSERT_GT(tests.size(), 500u);
    std::vector<Row> const rows = rows_of(read(root() / "docs/reference/virtio-requirements.md"));
    EXPECT_GT(rows.size(), 40u);
    for (Row const& row : rows) EXPECT_EQ(objection(row, tests), "") << row.section << ":" << row.requirement;
}

TEST(Requirements, every_one_is_met_by_code_that_exists) {
    auto const files = kernel_files();
    ASSERT_GT(files.size(), 100u);
    for (Row const& row : rows_of(read(root() / "docs/reference/virtio-requirements.md")))
        for (std::string const& code : code_in(row.where)) EXPECT_TRUE(exists(code, files)) << code;
    EXPECT_TRUE(exists("VirtioNet::create", files));
    EXPECT_FALSE(exists("VirtioNet::holds_merged_segments", files));
    EXPECT_FALSE(exists("VirtioPci::create_directory", files)) << "there are both, far from each other";
    EXPECT_FALSE(exists("read", files)) << "whose?";
    EXPECT_FALSE(
        exists("VirtioPci::identically", {names_outside_comments("VirtioPci::a();  // identically")}));
    EXPECT_FALSE(exists("FakeVirtio::status", files)) << "a device of the tests";
}

TEST(Requirements, a_row_without_a_test_or_with_a_wrong_one_is_noticed) {
    std::set<std::string> const tests = {"A.b"};
    auto const rows = rows_of(
        "| section | the driver must |\n| 2.1 | sing | `sing` | `A.b` |\n"
        "| 2.2 | dance | `dance` | `A.c` |\n| 2.3 | rest | `rest` | |\n"
        "| 2.4 | be | `be` | by construction |\n| 2.5 | fly | | `A.b` |\n"
        "| 2.6 | swim | | not done: it drowned each time |\n| 2.7 | dive | | not done: no |\n");
    ASSERT_EQ(rows.size(), 7u);
    EXPECT_EQ(objection(rows[0], tests), "");
    EXPECT_EQ(objection(rows[1], tests), "there is no test A.c");
    EXPECT_NE(objection(rows[2], tests), "");
    EXPECT_EQ(objection(rows[3], tests), "");
    EXPECT_EQ(objection(rows[4], tests), "no place in the code");
    EXPECT_EQ(objection(rows[5], tests), "");
    EXPECT_NE(objection(rows[6], tests), "");
}

}  // namespace
}  // namespace documents
