// SPDX-License-Identifier: MIT
//
// docs/reference/hostile-input.md: every entry of the checklist stands there once, with tests that
// exist.
#include <gtest/gtest.h>

#include <map>

#include "tests/documents/requirements_table.hpp"

namespace documents {
namespace {

struct Entry {
    std::string id;
    std::vector<std::string> tests;
};

std::vector<Entry> entries_of(std::string const& table) {
    static std::regex const id("[EAIFSCTUDNV][0-9]+");
    std::vector<Entry> entries;
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> const cells = cells_of(line);
        if (cells.size() == 3 && std::regex_match(cells[0], id))
            entries.push_back({cells[0], code_in(cells[2])});
    }
    return entries;
}

std::string objection(Entry const& entry, std::set<std::string> const& tests) {
    if (entry.tests.empty()) return "no test";
    for (std::string const& test : entry.tests)
        if (!tests.count(test)) return "there is no test " + test;
    return "";
}

TEST(HostileInput, every_entry_of_the_checklist_has_tests) {
    std::map<char, int> const lengths = {{'E', 4},  {'A', 7}, {'I', 10}, {'F', 12}, {'C', 9},
                                         {'T', 22}, {'U', 5}, {'D', 10}, {'N', 11}, {'V', 5}};
    std::set<std::string> missing;
    for (auto const& [letter, count] : lengths)
        for (int i = 1; i <= count; ++i) missing.insert(letter + std::to_string(i));
    std::set<std::string> const tests = existing_tests();
    for (Entry const& entry : entries_of(read(root() / "docs/reference/hostile-input.md"))) {
        EXPECT_EQ(objection(entry, tests), "") << entry.id;
        if (entry.id[0] == 'S') continue;  // IPv6
        EXPECT_EQ(missing.erase(entry.id), 1u) << entry.id << " twice, or unknown";
    }
    EXPECT_TRUE(missing.empty()) << *missing.begin();
}

TEST(HostileInput, what_is_wrong_with_an_entry_is_noticed) {
    auto const entries =
        entries_of("| E1 | a | `A.b` |\n| E2 | b | `A.c` |\n| E3 | c | |\n| name | input | tests |\n");
    ASSERT_EQ(entries.size(), 3u);
    std::set<std::string> const tests = {"A.b"};
    EXPECT_EQ(objection(entries[0], tests), "");
    EXPECT_EQ(objection(entries[1], tests), "there is no test A.c");
    EXPECT_EQ(objection(entries[2], tests), "no test");
}

}  // namespace
}  // namespace documents
